package org.segloss4j.internal.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class BuildTest {

    @Test
    void isWhatThePomSays() throws IOException {
        String pom = Files.readString(Path.of("pom.xml"));
        assertThat(Build.version()).isEqualTo(first(pom, "\n  <version>(.*)</version>"));
        assertThat(Build.nd4jGroup()).isEqualTo(first(pom, "\n    <nd4j.groupId>(.*)</nd4j.groupId>"));
        assertThat(Build.dl4jGroup()).isEqualTo(first(pom, "\n    <dl4j.groupId>(.*)</dl4j.groupId>"));
    }

    private static String first(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).isTrue();
        return matcher.group(1);
    }
}
