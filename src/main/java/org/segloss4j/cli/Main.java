package org.segloss4j.cli;

import java.util.Map;
import org.segloss4j.cli.input.Suggestion;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.internal.build.Build;
import org.segloss4j.internal.files.FileFault;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * The command line. Exit codes: 0 done, 1 something is wrong with the input or the run, 2 wrong usage.
 */
@Command(name = "segloss4j", mixinStandardHelpOptions = true, versionProvider = Main.OwnVersion.class,
        description = "Segmentation losses for DL4J: train, weigh classes, predict, evaluate.",
        subcommands = {DemoCommand.class, TrainCommand.class, SparkTrainCommand.class, WeightsCommand.class,
            SparkWeightsCommand.class, PredictCommand.class,
            EvaluateCommand.class, SparkEvaluateCommand.class, InfoCommand.class, CompileCommand.class,
            BreakEvenCommand.class,
            CommandLine.HelpCommand.class})
public final class Main {

    @Option(names = "--stacktrace", scope = ScopeType.INHERIT, description = "On an error, print where it happened.")
    private boolean stacktrace;

    private Main() {
    }

    /**
     * Runs a command and ends the process with its exit code.
     *
     * @param args the command's arguments; none is the demo
     */
    public static void main(String[] args) {
        quietLogs();
        System.exit(run(args));
    }

    /**
     * Runs a command.
     *
     * @param args the command's arguments; none is the demo
     * @return the exit code
     */
    public static int run(String... args) {
        Main main = new Main();
        CommandLine line = new CommandLine(main);
        line.setExecutionExceptionHandler((exception, command, result) -> {
            command.getErr().println("segloss4j: " + oneLine(exception));
            if (main.stacktrace) {
                exception.printStackTrace(command.getErr());
            }
            return exception instanceof UsageException ? 2 : 1;
        });
        line.setParameterExceptionHandler((exception, given) -> {
            CommandLine command = exception.getCommandLine();
            command.getErr().println("segloss4j: " + oneLine(exception) + suggestion(exception) + " (see: "
                    + command.getCommandSpec().qualifiedName() + " --help)");
            return 2;
        });
        try {
            return line.execute(args.length == 0 ? new String[] {"demo"} : args);
        } catch (OutOfMemoryError e) {
            line.getErr().println("segloss4j: memory is not enough (" + oneLine(e) + "): take smaller images, batches"
                    + " or networks, or give Java more by -Xmx; it has " + (Runtime.getRuntime().maxMemory() >> 20)
                    + " MiB");
            if (main.stacktrace) {
                e.printStackTrace(line.getErr());
            }
            return 1;
        }
    }

    /** Picocli's own suggestions name some option for any nonsense. */
    private static String suggestion(CommandLine.ParameterException exception) {
        if (!(exception instanceof CommandLine.UnmatchedArgumentException unmatched)) {
            return "";
        }
        CommandLine command = exception.getCommandLine();
        String given = unmatched.getUnmatched().get(0).replaceFirst("=.*", "");
        return Suggestion.among(given, given.startsWith("-") ? command.getCommandSpec().optionsMap().keySet()
                : command.getSubcommands().keySet());
    }

    /** Warnings of our own only, for programs that log with slf4j-simple; must come before the first logger. */
    private static void quietLogs() {
        String prefix = "org.slf4j.simpleLogger.";
        Map<String, String> settings = Map.of("defaultLogLevel", "error", "log.org.segloss4j", "warn",
                "showThreadName", "false", "showLogName", "false", "levelInBrackets", "true");
        settings.forEach((key, value) -> {
            if (System.getProperty(prefix + key) == null) {
                System.setProperty(prefix + key, value);
            }
        });
    }

    /** What {@code --version} prints. */
    static final class OwnVersion implements CommandLine.IVersionProvider {

        @Override
        public String[] getVersion() {
            return new String[] {"segloss4j " + Build.version()};
        }
    }

    private static String oneLine(Throwable exception) {
        String message = exception.getMessage() == null ? exception.toString() : exception.getMessage();
        return FileFault.oneLine(message);
    }
}
