package org.segloss4j.soak;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;

/** Connects to the replicas' ports all the time and sends what does not belong there, or nothing. */
final class Strangers extends Thread {

    private final List<Integer> ports;
    private volatile int heard;
    private volatile int refused;

    Strangers(List<Integer> ports) {
        super("strangers");
        this.ports = ports;
        setDaemon(true);
    }

    /** How many connections were accepted; replicas that have met listen no longer. */
    int heard() {
        return heard;
    }

    int refused() {
        return refused;
    }

    @Override
    public void run() {
        Random random = ThreadLocalRandom.current();
        byte[] bytes = new byte[4096];
        for (int k = 0; !isInterrupted(); k++) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress("127.0.0.1", ports.get(k % ports.size())), 500);
                heard++;
                random.nextBytes(bytes);
                byte[] said = switch (k / 2 % 4) {
                    case 0 -> bytes;
                    case 1 -> "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
                    case 2 -> new byte[] {(byte) 0x7f, -1, -1, -1, -1, -1, -1, -1};
                    default -> new byte[0];
                };
                socket.getOutputStream().write(said);
                sleep(100);
            } catch (IOException e) {
                refused++;
                pause();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void pause() {
        try {
            sleep(100);
        } catch (InterruptedException e) {
            interrupt();
        }
    }
}
