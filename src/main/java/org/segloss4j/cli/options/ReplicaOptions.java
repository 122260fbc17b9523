package org.segloss4j.cli.options;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.segloss4j.Backends;
import org.segloss4j.cli.input.UsageException;
import org.segloss4j.cli.input.UserException;
import org.segloss4j.internal.cuda.CudaAvailability;
import org.segloss4j.internal.cuda.driver.CudaDevices;
import org.segloss4j.internal.files.FileFault;
import org.segloss4j.internal.files.FileNames;
import org.segloss4j.replicas.ReplicaException;
import org.segloss4j.replicas.Replicas;
import org.segloss4j.replicas.TcpReplicas;
import picocli.CommandLine.Option;

/** Which replica of a training this process is, and how it finds the others. */
public final class ReplicaOptions {

    /** What SLURM and an indexed Kubernetes Job call the number of a process. */
    private static final List<String> RANKS = List.of("SLURM_PROCID", "JOB_COMPLETION_INDEX");
    private static final int LEAST_SECRET = 16;
    /** Nobody writes a longer one, and a wrong file may be of any length. */
    private static final int MOST_SECRET = 4096;

    @Option(names = "--workers", split = ",", paramLabel = "HOST:PORT",
            description = "Train by as many processes, which find each other at these addresses, one for each rank"
                    + " in their order; the same list for all.")
    private List<String> workers;

    @Option(names = "--rank", paramLabel = "N",
            description = "Which of the workers this process is, from 0 (default: SLURM_PROCID or"
                    + " JOB_COMPLETION_INDEX of the environment). Rank 0 writes the results.")
    private Integer rank;

    @Option(names = "--secret-file", paramLabel = "FILE",
            description = "A file with the secret that all workers share, such as \"openssl rand -hex 32\" prints.")
    private Path secretFile;

    @Option(names = "--timeout", paramLabel = "SECONDS",
            description = "For how long a worker waits for the others, at the start and in each step"
                    + " (default: 60).")
    private Double timeout;

    @Option(names = "--bind", paramLabel = "HOST",
            description = "The address of this machine at which to listen (default: that of this worker in"
                    + " --workers).")
    private String bind;

    @Option(names = "--device", paramLabel = "N",
            description = "The GPU of this process, among those that CUDA_VISIBLE_DEVICES leaves (default: the"
                    + " workers of a machine take them in turn, by SLURM_LOCALID or --rank).")
    private Integer device;

    private final Map<String, String> environment;

    public ReplicaOptions() {
        this(System.getenv());
    }

    ReplicaOptions(Map<String, String> environment) {
        this.environment = environment;
    }

    /** Whether there are several processes. */
    public boolean given() {
        return workers != null;
    }

    /**
     * Checks the options, and reads the secret.
     *
     * @throws UsageException if one is missing or out of range
     * @throws UserException  if the secret cannot be used
     */
    public void check() {
        if (!given()) {
            only("--rank", rank);
            only("--secret-file", secretFile);
            only("--timeout", timeout);
            only("--bind", bind);
        } else {
            for (String worker : workers) {
                if (worker.lastIndexOf(':') < 1) {
                    throw new UsageException("--workers: \"" + worker + "\" is no address of the form host:port");
                }
            }
            rank();
            timeout();
            secret();
        }
        chooseDevice();
    }

    /** Must come before the first use of CUDA, which keeps its device. */
    private void chooseDevice() {
        if (device != null) {
            if (device < 0) {
                throw new UsageException("--device is " + device + ", but must be at least 0");
            }
            System.setProperty(Backends.DEVICE, device.toString());
            if (CudaAvailability.cause() != null) {
                throw new UserException("--device is " + device + ", but CUDA is not available: "
                        + CudaAvailability.cause());
            }
        } else if (given() && System.getProperty(CudaDevices.PROCESS) == null) {
            String local = environment.get("SLURM_LOCALID");
            System.setProperty(CudaDevices.PROCESS, Integer.toString(local == null ? rank()
                    : number("SLURM_LOCALID", local)));
        }
    }

    private static void only(String option, Object value) {
        if (value != null) {
            throw new UsageException(option + " is given, but --workers is not");
        }
    }

    /** How many there are. */
    public int size() {
        return workers == null ? 1 : workers.size();
    }

    int rank() {
        String name = "--rank";
        Integer number = rank;
        for (String variable : RANKS) {
            String value = environment.get(variable);
            if (number == null && value != null) {
                name = variable;
                number = number(variable, value);
            }
        }
        if (number == null) {
            throw new UsageException("--workers is given, but --rank is not, nor " + String.join(" or ", RANKS)
                    + " in the environment");
        }
        if (number < 0 || number >= workers.size()) {
            throw new UsageException(name + " is " + number + ", but must be from 0 to " + (workers.size() - 1)
                    + ", since --workers names " + workers.size());
        }
        return number;
    }

    private static int number(String variable, String value) {
        try {
            return Integer.parseInt(value.strip());
        } catch (NumberFormatException e) {
            throw new UsageException(variable + " of the environment is \"" + value + "\", but must be a number; or"
                    + " give --rank", e);
        }
    }

    private Duration timeout() {
        double seconds = timeout == null ? 60 : timeout;
        if (!(seconds >= 1 && seconds <= 86_400)) {
            throw new UsageException("--timeout is " + seconds + ", but must be from 1 to 86400 seconds");
        }
        return Duration.ofMillis(Math.round(1000 * seconds));
    }

    /**
     * Waits until all workers have found each other.
     *
     * @param job what must be the same for all of them before they know their data
     * @return the worker that this process is
     * @throws UsageException   if an address is none
     * @throws ReplicaException if another one does not come, or does not fit; names its rank
     */
    public Replicas connect(Map<String, String> job) {
        try {
            if (bind == null) {
                return TcpReplicas.connect(workers, rank(), secret(), timeout(), job);
            }
            String own = workers.get(rank());
            String port = own.substring(own.lastIndexOf(':') + 1);
            try (TcpReplicas.Listener listener = TcpReplicas.listen(bind + ':' + port)) {
                return listener.connect(workers, rank(), secret(), timeout(), job);
            }
        } catch (IllegalArgumentException e) {
            throw new UsageException("--workers: " + e.getMessage(), e);
        }
    }

    /** What only the workers know. */
    private byte[] secret() {
        if (secretFile == null) {
            throw new UsageException("--workers is given, but --secret-file is not");
        }
        String name = "--secret-file: " + FileNames.shown(secretFile);
        if (!Files.isRegularFile(secretFile) || !Files.isReadable(secretFile)) {
            throw new UserException(name + (!Files.exists(secretFile) ? " does not exist"
                    : Files.isReadable(secretFile) ? " is not a file" : " cannot be read by this user"));
        }
        try {
            requirePrivate(name);
            if (Files.size(secretFile) > MOST_SECRET) {
                throw new UserException(name + " has " + Files.size(secretFile) + " bytes, but a secret has at most "
                        + MOST_SECRET);
            }
            byte[] secret = Files.readString(secretFile, StandardCharsets.ISO_8859_1).strip()
                    .getBytes(StandardCharsets.ISO_8859_1);
            if (secret.length < LEAST_SECRET) {
                throw new UserException(name + " holds a secret of " + secret.length + " bytes, but it must have at"
                        + " least " + LEAST_SECRET + ", such as \"openssl rand -hex 32\" prints");
            }
            return secret;
        } catch (IOException e) {
            throw new UserException(name + " cannot be read: " + FileFault.words(e), e);
        }
    }

    private void requirePrivate(String name) throws IOException {
        if (Files.getFileStore(secretFile).supportsFileAttributeView("posix")
                && Files.getPosixFilePermissions(secretFile).contains(PosixFilePermission.OTHERS_READ)) {
            throw new UserException(name + " can be read by every user of this machine; use: chmod o-r "
                    + FileNames.shown(secretFile));
        }
    }
}
