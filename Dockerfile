# Two stages that work with and without a GPU: without one, the CPU backend is selected.
#   docker build -t segloss4j .
#   docker run --rm -v "$PWD/out:/out" segloss4j train --out /out
#   docker run --rm --gpus all segloss4j info

FROM nvidia/cuda:12.6.3-devel-ubuntu24.04 AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends openjdk-17-jdk-headless maven \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY pom.xml .
COPY kernels kernels
COPY src/main src/main
RUN mvn -B -q package -Dmaven.test.skip=true \
    && mvn -B -q dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=target/lib \
    && cp target/segloss4j-*.jar target/lib/

FROM nvidia/cuda:12.6.3-runtime-ubuntu24.04
# Charts are drawn with text, for which Java asks fontconfig.
RUN apt-get update \
    && apt-get install -y --no-install-recommends openjdk-17-jre-headless libgomp1 fontconfig fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /build/target/lib /opt/segloss4j/lib
ENTRYPOINT ["java", "-Djava.awt.headless=true", "-cp", "/opt/segloss4j/lib/*", "org.segloss4j.cli.Main"]
