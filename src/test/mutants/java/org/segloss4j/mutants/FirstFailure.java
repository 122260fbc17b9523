package org.segloss4j.mutants;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/** Ends a JVM that runs tests at the first that fails: a bug that was noticed need not be noticed again. */
public final class FirstFailure implements TestExecutionListener {

    /** Has it called by every JVM that has this folder on its class path. */
    static void into(Path folder) throws IOException {
        Path services = Files.createDirectories(folder.resolve("META-INF").resolve("services"));
        Files.writeString(services.resolve(TestExecutionListener.class.getName()), FirstFailure.class.getName());
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() == TestExecutionResult.Status.FAILED) {
            System.out.println(test.getDisplayName() + " fails:");
            result.getThrowable().ifPresent(cause -> cause.printStackTrace(System.out));
            System.out.flush();
            // What tests left running must not keep the JVM.
            Runtime.getRuntime().halt(1);
        }
    }
}
