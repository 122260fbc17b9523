package org.segloss4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.segloss4j.Need;

/**
 * Reports as a browser shows them. {@code -Dsegloss4j.test.require=chromium} makes a missing browser a failure, and
 * {@code -Dsegloss4j.test.screenshots=DIR} keeps what the pages look like.
 */
class ReportInBrowserTest {

    @TempDir
    private static Path dir;
    private static Chromium browser;

    @BeforeAll
    static void start() throws IOException {
        Need.present("chromium", Chromium.installed() == null ? "there is none on the PATH" : null);
        browser = Chromium.start(Files.createDirectory(dir.resolve("profile")));
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.close();
        }
    }

    static Stream<String> pages() {
        return Stream.of("train", "evaluate", "binary", "masks", "hostile", "wide", "training",
                "flat", "tiny");
    }

    /** Writes a page of that name, unless it was written before. */
    private static Path page(String name) throws IOException {
        Path folder = dir.resolve(name);
        Path page = folder.resolve("report.html");
        if (Files.exists(page)) {
            return page;
        }
        Files.createDirectories(folder);
        switch (name) {
            case "train" -> run("train", "--size", "16x16", "--epochs", 3, "--filters", 2, "--levels", 2, "--batch", 10,
                    "--out", folder);
            case "evaluate" -> {
                ImageFolders.write(folder.resolve("images"), folder.resolve("masks"), 'a', 5);
                Path predictions = Files.createDirectory(folder.resolve("predictions"));
                for (char letter = 'a'; letter < 'f'; letter++) {
                    ImageFolders.uniform(predictions.resolve(letter + ".png"), 1);
                }
                run("evaluate", "--truth", folder.resolve("masks"), "--pred", predictions, "--classes", 2, "--ignore",
                        ImageFolders.VOID, "--names", "dark,light", "--out", folder);
            }
            case "binary" -> Files.write(page, ReportPages.binary(true).html());
            case "masks" -> Files.write(page, ReportPages.binary(false).html());
            case "hostile" -> Files.write(page, ReportPages.manyClasses(32, 30).html());
            case "wide" -> Files.write(page, ReportPages.manyClasses(90, 600).html());
            case "training" -> Files.write(page, ReportPages.training(32, 45, 0.3, 0.3));
            case "flat" -> Files.write(page, ReportPages.training(3, 3, 1e-3, 1.03));
            case "tiny" -> Files.write(page, ReportPages.training(3, 1, 1e-6, 0));
            default -> throw new IllegalArgumentException(name);
        }
        return page;
    }

    private static void run(Object... args) {
        CommandRun run = CommandRun.of(args);
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
    }

    private static void open(String name) throws IOException {
        browser.screen(1280, false);
        browser.open(page(name));
    }

    /** Keeps a picture of the page, if that is asked for. */
    private static void keep(String name) throws IOException {
        String folder = System.getProperty("segloss4j.test.screenshots");
        if (folder != null) {
            Files.createDirectories(Path.of(folder));
            Files.write(Path.of(folder, name + ".png"), browser.screenshot());
        }
    }

    private static List<String> texts(String selector) {
        JsonNode texts = browser.value("[...document.querySelectorAll('" + selector
                + "')].map(e => e.innerText ?? e.textContent)");
        return StreamSupport.stream(texts.spliterator(), false).map(JsonNode::asText).toList();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void asksForNothingFitsAndCanBeRead(String name) throws IOException {
        open(name);
        for (boolean dark : new boolean[] {false, true}) {
            for (int width : new int[] {1280, 400}) {
                browser.screen(width, dark);
                keep(name + "-" + width + (dark ? "-dark" : ""));
                assertThat(browser.value("document.documentElement.scrollWidth").asInt()).as("width")
                        .isLessThanOrEqualTo(width);
                assertThat(browser.value(FAINT).toString()).as("texts of too little contrast").isEqualTo("[]");
            }
        }
        assertThat(browser.value(COVERED).toString()).as("texts of charts that cover each other").isEqualTo("[]");
        assertThat(browser.value(BROKEN).toString()).as("pictures that are not there").isEqualTo("[]");
        assertThat(browser.requests()).containsExactly(page(name).toUri().toString());
        assertThat(browser.complaints()).isEmpty();
    }

    /** Texts whose contrast with what lies behind is below 4.5, as people with weak eyes need it. */
    private static final String FAINT = """
            (() => {
                const parse = colour => colour.match(/[\\d.]+/g).map(Number);
                const over = (top, below) => [0, 1, 2].map(k => {
                    const alpha = top.length > 3 ? top[3] : 1;
                    return alpha * top[k] + (1 - alpha) * below[k];
                });
                const known = new Map([[null, [255, 255, 255]]]);
                const behind = element => {
                    if (!known.has(element)) {
                        known.set(element, over(parse(getComputedStyle(element).backgroundColor),
                            behind(element.parentElement)));
                    }
                    return known.get(element);
                };
                const luminance = colour => colour.map(v => v / 255)
                    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
                const faint = [];
                for (const element of document.querySelectorAll('main *')) {
                    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
                    if (!own || !element.checkVisibility()) continue;
                    const style = getComputedStyle(element);
                    const below = behind(element);
                    const ink = element instanceof SVGElement ? style.fill : style.color;
                    const [a, b] = [luminance(over(parse(ink), below)), luminance(below)];
                    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
                    if (contrast < 4.5) faint.push(element.tagName + ' ' + element.textContent + ' ' + contrast);
                }
                return faint.slice(0, 5);
            })()""";

    private static final String COVERED = """
            [...document.querySelectorAll('svg')].flatMap(svg => {
                const boxes = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
                return boxes.flatMap(([a, one], k) => boxes.slice(k + 1).filter(([, other]) => one.left < other.right
                    && other.left < one.right && one.top < other.bottom && other.top < one.bottom)
                    .map(([b]) => a + ' and ' + b));
            })""";

    private static final String BROKEN = """
            [...document.images].filter(i => !i.complete || i.naturalWidth === 0 || !i.alt || !i.clientWidth)
                .map(i => i.alt)""";

    @Test
    void showsHowTrainingWent() throws IOException {
        open("train");
        assertThat(texts("h1")).containsExactly("Training report");
        assertThat(texts("h2")).containsExactly("Notes", "Learning curves", "IoU of each class over the epochs",
                "Classes", "Confusion", "Worst examples", "Best examples", "Images, worst first", "Run");
        assertThat(texts(".charts text.title")).containsExactly("epoch", "loss", "epoch", "mean IoU");
        // A mark for each epoch; training has no loss before the first, and no mean IoU.
        assertThat(browser.value("document.querySelectorAll('circle.training').length").asInt()).isEqualTo(6);
        assertThat(browser.value("document.querySelectorAll('circle.validation').length").asInt()).isEqualTo(4);
        assertThat(texts(".multiples figcaption .clip")).containsExactly("background", "circle", "square", "triangle",
                "ring", "star");
        assertThat(browser.value("document.querySelectorAll('.example').length").asInt()).isEqualTo(6);
        assertThat(texts(".example:first-of-type figcaption")).startsWith("image", "truth", "prediction", "errors");
        assertThat(texts(".pairs th")).contains("--loss", "--epochs", "class weights", "SegLoss4J", "ND4J", "DL4J",
                "Java");
        assertThat(texts("pre")).singleElement().asString().startsWith("segloss4j train --size 16x16 --epochs 3 ");
    }

    /** The chart's lines lie where the numbers of the table below are. */
    @Test
    void linesLieWhereTheNumbersAre() throws IOException {
        open("training");
        browser.value("document.querySelector('details').open = true");
        List<String> path = List.of(browser.value(
                "document.querySelectorAll('.charts path.iou')[0].getAttribute('d')").asText().split("[ML]"));
        List<Double> ious = texts("details td:nth-child(4)").stream().map(Double::parseDouble).toList();
        assertThat(path).hasSize(ious.size() + 1);
        double top = place("1.0");
        double bottom = place("0.0");
        for (int k = 0; k < ious.size(); k++) {
            double y = Double.parseDouble(path.get(k + 1).split(" ")[1]);
            assertThat((y - bottom) / (top - bottom)).isCloseTo(ious.get(k), within(1e-3));
        }
        // The training loss of epoch 5 is not a number: the line has a gap there.
        assertThat(browser.value("document.querySelector('path.training').getAttribute('d')").asText().split("M"))
                .hasSize(3);
        assertThat(texts("details tr:nth-child(6) td")).first().isEqualTo("\u2013");
    }

    private static double place(String tick) {
        return browser.value("Number([...document.querySelectorAll('.charts figure:nth-child(2) text.tick')]"
                + ".find(t => t.textContent === '" + tick + "' && t.getAttribute('text-anchor') === 'end')"
                + ".getAttribute('y')) - 4").asDouble();
    }

    @Test
    void sortsTheClasses() throws IOException {
        open("hostile");
        List<String> own = classes("th");
        click(1);
        List<String> rising = classes("td.bar");
        assertThat(rising.subList(0, 31)).isSortedAccordingTo(Comparator.comparing(Double::parseDouble));
        // What is 0/0 comes last, in both directions.
        assertThat(rising.get(31)).isEqualTo("\u2013");
        assertThat(browser.value("document.querySelectorAll('th[aria-sort=ascending]').length").asInt()).isEqualTo(1);
        click(1);
        List<String> falling = classes("td.bar");
        assertThat(falling.subList(0, 31))
                .isSortedAccordingTo(Comparator.comparing((String text) -> -Double.parseDouble(text)));
        assertThat(falling.get(31)).isEqualTo("\u2013");
        click(0);
        assertThat(classes("th")).isEqualTo(own);
    }

    /** A column of the table of classes. */
    private static List<String> classes(String cell) {
        return texts("[aria-label=\"Scores of the classes\"] tbody tr " + cell);
    }

    private static void click(int column) {
        browser.value("document.querySelectorAll('table.sortable')[0].tHead.rows[0].cells[" + column
                + "].querySelector('button').click()");
    }

    @Test
    void namesDoNoHarm() throws IOException {
        open("hostile");
        assertThat(browser.value("document.scripts.length").asInt()).isEqualTo(1);
        assertThat(browser.value("document.querySelectorAll('bdi *, main i, [onerror]').length").asInt()).isZero();
        List<String> shown = texts("table.sortable th.name");
        for (String name : ReportPages.HOSTILE) {
            String visible = name.replace("\n", "\\u000a").replace("\u202E", "\\u202e");
            assertThat(shown).anyMatch(text -> text.contains(visible));
        }
        assertThat(browser.value("[...document.images].map(i => i.alt).join()").asText())
                .contains("truth of " + ReportPages.HOSTILE.get(0));
    }

    @Test
    void isWholeWithoutItsScript() throws IOException {
        browser.scripts(false);
        try {
            open("train");
            assertThat(browser.complaints()).isEmpty();
        } finally {
            browser.scripts(true);
        }
        assertThat(browser.value("document.querySelectorAll('button').length").asInt()).isZero();
        assertThat(texts("h2")).contains("Learning curves", "Images, worst first");
    }

    @Test
    void showsWhatIsLeftOut() throws IOException {
        open("wide");
        assertThat(texts(".lead")).anyMatch(text -> text.contains("Shown are the 60 of 90 classes with most pixels"))
                .anyMatch(text -> text.contains("Shown are the worst 500 of 600"));
        assertThat(browser.value("document.querySelectorAll('.confusion tbody tr').length").asInt()).isEqualTo(60);
        assertThat(browser.value("document.querySelectorAll('.confusion tbody tr:first-child td').length").asInt())
                .isEqualTo(60);
        assertThat(Files.size(page("wide"))).isLessThan(5_000_000);
    }

    @Test
    void tellsOfVoidAndMissingClasses() throws IOException {
        open("binary");
        assertThat(texts(".notes li")).anyMatch(text -> text.startsWith("Void pixels are not counted: "))
                // Label 255 is what void pixels become, but in the files 255 is the cell.
                .noneMatch(text -> text.contains("255"));
        assertThat(texts(".legend .key")).endsWith("void, not counted", "wrong");
        open("hostile");
        assertThat(texts(".notes li")).anyMatch(text -> text.contains("no pixel in the true masks")
                && text.contains("class 31"));
        assertThat(texts(".notes li")).anyMatch(text -> text.startsWith("Label 255 is void and not counted: "));
        assertThat(texts("[aria-label=\"Scores of the classes\"] tr:nth-child(32) td"))
                .containsExactly("\u2013", "\u2013", "\u2013", "\u2013", "0", "0.00 %", "0");
    }

    @Test
    void printsOnPaper() throws IOException {
        open("training");
        browser.screen(1280, true);
        assertThat(browser.print()).startsWith("%PDF".getBytes(StandardCharsets.US_ASCII))
                .hasSizeGreaterThan(20_000);
    }

    /** Not even what a browser would load only later. */
    @ParameterizedTest
    @MethodSource("pages")
    void namesNoOtherPlace(String name) throws IOException {
        assertThat(Files.readString(page(name))).doesNotContain("url(", "@import").doesNotContainPattern(
                "(src|href|srcset|data|action)=\"(?!data:)");
    }
}
