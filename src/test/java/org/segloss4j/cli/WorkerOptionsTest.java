package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong with the options of workers is told before anybody is waited for. */
class WorkerOptionsTest {

    @TempDir
    private Path dir;
    private Path secret;

    @BeforeEach
    void secret() throws IOException {
        secret = Files.createFile(dir.resolve("secret"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")));
        Files.writeString(secret, "0123456789abcdef\n");
    }

    private List<String> complaints(int code, String options) {
        List<Object> args = new ArrayList<>(List.of("train", "--out", dir.resolve("out")));
        for (String option : options.split(" +")) {
            args.add(option.replace("SECRET", secret.toString()).replace("DIR", dir.toString()));
        }
        CommandRun run = CommandRun.of(args.toArray());
        assertThat(run.code()).as(run.err()).isEqualTo(code);
        assertThat(run.out()).isEmpty();
        assertThat(dir.resolve("out")).doesNotExist();
        return run.complaints();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "--rank=0               | --rank is given, but --workers is not",
        "--secret-file=SECRET   | --secret-file is given, but --workers is not",
        "--timeout=5            | --timeout is given, but --workers is not",
        "--bind=localhost       | --bind is given, but --workers is not",
        "--device=-1            | --device is -1, but must be at least 0",
        "--parts=0              | --parts is 0, but must be at least 1, the number of workers",
        "--parts=9              | --parts is 9, but --batch is 8, which cannot be divided into so many parts",
        "--workers=a:1,b:2      | --workers is given, but --rank is not, nor SLURM_PROCID or JOB_COMPLETION_INDEX in"
            + " the environment",
        "--workers=a:1,b:2 --rank=0 | --workers is given, but --secret-file is not",
        "--workers=a:1,b:2 --rank=2 --secret-file=SECRET | --rank is 2, but must be from 0 to 1, since --workers"
            + " names 2",
        "--workers=a:1,b:2 --rank=-1 --secret-file=SECRET | --rank is -1, but must be from 0 to 1, since --workers"
            + " names 2",
        "--workers=a:1,b:2 --rank=0 --secret-file=SECRET --timeout=0 | --timeout is 0.0, but must be from 1 to 86400"
            + " seconds",
        "--workers=a:1,b:2 --rank=0 --secret-file=SECRET --parts=1 | --parts is 1, but must be at least 2, the number"
            + " of workers",
        "--workers=a:1,b:2 --rank=0 --secret-file=SECRET --batch=1 | there are 2 workers, but --batch is 1, which"
            + " cannot be divided into so many parts",
        "--workers=a:1,b --rank=0 --secret-file=SECRET | --workers: \"b\" is no address of the form host:port",
        "--workers=a:1,b --rank=1 --secret-file=SECRET --bind=localhost | --workers: \"b\" is no address of the form"
            + " host:port"})
    void namesTheOption(String options, String message) {
        assertThat(complaints(2, options)).containsExactly("segloss4j: " + message);
    }

    private String secretComplaint(String file) {
        List<String> complaints = complaints(1, "--workers=a:1,b:2 --rank=0 --secret-file=" + file);
        assertThat(complaints).hasSize(1);
        return complaints.get(0);
    }

    @Test
    void takesNoSecretThatIsNone() throws IOException {
        assertThat(secretComplaint("DIR/none"))
                .isEqualTo("segloss4j: --secret-file: " + dir.resolve("none") + " does not exist");
        assertThat(secretComplaint("DIR")).isEqualTo("segloss4j: --secret-file: " + dir + " is not a file");
        Files.writeString(secret, "\n");
        assertThat(secretComplaint("SECRET")).isEqualTo("segloss4j: --secret-file: " + secret + " holds a secret of 0"
                + " bytes, but it must have at least 16, such as \"openssl rand -hex 32\" prints");
        Files.writeString(secret, "0123456789abcde  \n");
        assertThat(secretComplaint("SECRET")).contains("a secret of 15 bytes");
        Files.write(secret, new byte[5000]);
        assertThat(secretComplaint("SECRET")).endsWith(" has 5000 bytes, but a secret has at most 4096");
        Files.writeString(secret, "0123456789abcdef");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(secretComplaint("SECRET")).isEqualTo("segloss4j: --secret-file: " + secret + " can be read by every"
                + " user of this machine; use: chmod o-r " + secret);
    }
}
