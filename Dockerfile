# Two images of one build. Both work with and without a GPU: without one, the CPU computes.
#   docker build -t segloss4j .
#   docker run --rm --gpus all segloss4j info
#   docker run --rm --gpus all -v "$PWD/out:/results" --user "$(id -u)" segloss4j train --out /results
#   docker build -t segloss4j-spark --target spark .
# docs/deploy tells how to run many of them, and which licences the images below have.

FROM maven:3.9-eclipse-temurin-17 AS build
WORKDIR /build
# What is downloaded depends on pom.xml alone: a build without sources asks for everything, so that other sources are
# built without the network. NVRTC makes PTX here, 362 MB that none of the images needs.
COPY pom.xml .
RUN mvn -B -ntp -q -Pptx,nvrtc package dependency:copy-dependencies -Dmaven.test.skip=true -Dptx.skip=true \
        -DincludeScope=runtime -DexcludeArtifactIds=cuda-redist -DoutputDirectory=target/lib \
    && rm -rf target
COPY LICENSE NOTICE ./
COPY kernels kernels
COPY src/main src/main
RUN mvn -B -ntp -q -o -Pptx,nvrtc package dependency:copy-dependencies -Dmaven.test.skip=true \
        -DincludeScope=runtime -DexcludeArtifactIds=cuda-redist -DoutputDirectory=target/segloss4j/lib \
    && cp target/segloss4j-*.jar target/segloss4j/lib/segloss4j.jar \
    && cp -r src/main/distribution/bin LICENSE NOTICE target/segloss4j/

# For Spark: its own image with our jars beside it. Spark has a logger, so that of the command line stays out.
FROM apache/spark:4.2.0-java17 AS spark
USER root
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 fontconfig fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /build/target/segloss4j /opt/segloss4j
COPY docs/deploy/spark/gpus.sh /opt/segloss4j/bin/gpus
RUN rm /opt/segloss4j/lib/slf4j-simple-*.jar \
    && mkdir -p /data /results \
    && chmod 1777 /data /results
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER spark

# Nothing of CUDA is needed but the driver, libcuda, which the NVIDIA container toolkit mounts from the host.
FROM eclipse-temurin:17-jre-noble
# ND4J computes with OpenMP; charts are drawn with text, for which Java asks fontconfig.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 fontconfig fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
# Whoever runs the image may give another user, who owns the files in mounted folders.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /cache --shell /usr/sbin/nologin segloss4j \
    && mkdir /data /results /cache \
    && chmod 1777 /data /results /cache
COPY --from=build /build/target/segloss4j /opt/segloss4j
# Which devices and which parts of the driver the toolkit mounts; and where the driver keeps what it compiled of PTX. ND4J
# takes as much memory outside of the heap as the heap may have, and the rest is for everything else.
ENV PATH=/opt/segloss4j/bin:$PATH \
    JAVA_OPTS="-XX:MaxRAMPercentage=40 -Duser.home=/cache" \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    CUDA_CACHE_PATH=/cache/nv
WORKDIR /results
VOLUME ["/data", "/results", "/cache"]
USER 10001
# The launcher becomes Java, so that Java is the first process and SIGTERM reaches it: training then saves its state.
ENTRYPOINT ["segloss4j"]
CMD ["info"]
