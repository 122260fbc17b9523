package org.segloss4j.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/**
 * A browser without a window, driven through its DevTools protocol. It remembers what a page asks for and complains of.
 */
final class Chromium implements AutoCloseable {

    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");
    private static final String ADDRESS = "DevTools listening on ";
    private static final long SECONDS = 60;

    private final ObjectMapper json = new ObjectMapper();
    private final BlockingQueue<JsonNode> messages = new LinkedBlockingQueue<>();
    private final List<String> requests = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();
    private final Process process;
    private final WebSocket socket;
    private String session;
    private int sent;

    private Chromium(Process process, WebSocket.Builder builder, URI address) {
        this.process = process;
        socket = builder.buildAsync(address, new Listener()).join();
    }

    /** The program, or null if there is none. */
    static Path installed() {
        String path = System.getenv().getOrDefault("PATH", "");
        return NAMES.stream().flatMap(name -> Arrays.stream(path.split(":")).map(dir -> Path.of(dir, name)))
                .filter(Files::isExecutable).findFirst().orElse(null);
    }

    /**
     * Starts the browser with one empty page.
     *
     * @param profile an empty folder for what it stores
     */
    static Chromium start(Path profile) throws IOException {
        Process process = new ProcessBuilder(installed().toString(), "--headless", "--no-sandbox", "--disable-gpu",
                "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--hide-scrollbars", "--remote-debugging-port=0", "--user-data-dir=" + profile,
                "about:blank").redirectErrorStream(true).start();
        BufferedReader output = new BufferedReader(new InputStreamReader(process.getInputStream(),
                StandardCharsets.UTF_8));
        StringBuilder seen = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            seen.append(line).append('\n');
            if (line.startsWith(ADDRESS)) {
                // Else the browser stops when nobody reads what it prints.
                Thread reader = new Thread(() -> output.lines().forEach(rest -> { }), "output of the browser");
                reader.setDaemon(true);
                reader.start();
                Chromium browser = new Chromium(process, HttpClient.newHttpClient().newWebSocketBuilder(),
                        URI.create(line.substring(ADDRESS.length())));
                browser.attach();
                return browser;
            }
        }
        process.destroyForcibly();
        throw new IOException("the browser did not start: " + seen);
    }

    private void attach() {
        String target = call("Target.createTarget", Map.of("url", "about:blank")).get("targetId").asText();
        session = call("Target.attachToTarget", Map.of("targetId", target, "flatten", true)).get("sessionId").asText();
        for (String domain : List.of("Page", "Network", "Runtime", "Log")) {
            call(domain + ".enable", Map.of());
        }
    }

    /** Sets what the page believes of its screen. */
    void screen(int width, boolean dark) {
        call("Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", false));
        call("Emulation.setEmulatedMedia", Map.of("features", List.of(
                Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
    }

    /** Switches the scripts of pages on or off, for pages opened later. */
    void scripts(boolean on) {
        call("Emulation.setScriptExecutionDisabled", Map.of("value", !on));
    }

    /** Opens a file and waits until all of it is there. */
    void open(Path file) {
        requests.clear();
        complaints.clear();
        call("Page.navigate", Map.of("url", file.toUri().toString()));
        await(message -> message.path("method").asText().equals("Page.loadEventFired"));
    }

    /** What the page asked for since it was opened, itself included; data inside the page is no request. */
    List<String> requests() {
        call("Runtime.evaluate", Map.of("expression", "0"));
        return List.copyOf(requests);
    }

    /** Errors and warnings of the page since it was opened. */
    List<String> complaints() {
        call("Runtime.evaluate", Map.of("expression", "0"));
        return List.copyOf(complaints);
    }

    /** The value of a JavaScript expression. */
    JsonNode value(String expression) {
        JsonNode answer = call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true));
        if (answer.has("exceptionDetails")) {
            throw new IllegalStateException(answer.toString());
        }
        return answer.get("result").path("value");
    }

    /** A picture of the whole page, PNG. */
    byte[] screenshot() {
        return Base64.getDecoder().decode(call("Page.captureScreenshot",
                Map.of("format", "png", "captureBeyondViewport", true)).get("data").asText());
    }

    /** The page on paper, PDF. */
    byte[] print() {
        return Base64.getDecoder().decode(call("Page.printToPDF", Map.of("printBackground", false)).get("data")
                .asText());
    }

    private JsonNode call(String method, Map<String, Object> parameters) {
        ObjectNode message = json.createObjectNode().put("id", ++sent).put("method", method);
        message.set("params", json.valueToTree(parameters));
        if (session != null) {
            message.put("sessionId", session);
        }
        socket.sendText(message.toString(), true).join();
        JsonNode answer = await(received -> received.path("id").asInt() == sent);
        if (answer.has("error")) {
            throw new IllegalStateException(method + ": " + answer.get("error"));
        }
        return answer.get("result");
    }

    private JsonNode await(Predicate<JsonNode> wanted) {
        try {
            while (true) {
                JsonNode message = messages.poll(SECONDS, TimeUnit.SECONDS);
                if (message == null) {
                    throw new IllegalStateException("the browser does not answer");
                }
                note(message.path("method").asText(), message.path("params"));
                if (wanted.test(message)) {
                    return message;
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void note(String method, JsonNode event) {
        switch (method) {
            case "Network.requestWillBeSent" -> {
                String url = event.path("request").path("url").asText();
                if (!url.startsWith("data:")) {
                    requests.add(url);
                }
            }
            case "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded" ->
                complaints.add(event.toString());
            default -> { }
        }
    }

    @Override
    public void close() {
        // So that it removes what it left in the system's temporary folder.
        session = null;
        call("Browser.close", Map.of());
        socket.abort();
        try {
            process.waitFor(SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /** Puts whole messages together. */
    private final class Listener implements WebSocket.Listener {
        private final StringBuilder parts = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            parts.append(data);
            if (last) {
                try {
                    messages.add(json.readTree(parts.toString()));
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                } finally {
                    parts.setLength(0);
                }
            }
            from.request(1);
            return CompletableFuture.completedFuture(null);
        }
    }
}
