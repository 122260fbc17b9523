package org.segloss4j.internal.cuda.compile;

import java.util.List;
import java.util.regex.Pattern;
import org.segloss4j.internal.cuda.plan.KernelVariant;

/**
 * What a compiler gets: one text that makes one kernel.
 *
 * @param text        the amalgamated source
 * @param definitions compile-time choices, {@code NAME=VALUE}
 * @param symbol      name of the kernel in the compiled module
 */
public record KernelText(String text, List<String> definitions, String symbol) {

    /** nvcc hands definitions on to a shell, so nothing that means something to one may be in them. */
    private static final Pattern DEFINITION = Pattern.compile("[A-Za-z_]\\w*=[\\w.+-]*");
    private static final Pattern SYMBOL = Pattern.compile("[A-Za-z_]\\w*");

    /**
     * Checks.
     *
     * @throws IllegalArgumentException if a definition is not a plain {@code NAME=VALUE}, or the symbol no identifier
     */
    public KernelText {
        definitions = List.copyOf(definitions);
        for (String definition : definitions) {
            if (!DEFINITION.matcher(definition).matches()) {
                throw new IllegalArgumentException("definition " + definition + " is not a plain NAME=VALUE");
            }
        }
        if (!SYMBOL.matcher(symbol).matches()) {
            throw new IllegalArgumentException("kernel name " + symbol + " is no identifier");
        }
    }

    /** The text of a variant. */
    public static KernelText of(KernelVariant variant) {
        return new KernelText(KernelSource.of(variant.entry()), variant.definitions(), variant.symbol());
    }

    /** Identity of what is compiled, whoever compiles it: 64 hexadecimal digits. */
    public String hash() {
        return Digest.of(text, String.join("\n", definitions), symbol, String.join("\n", KernelCompiler.OPTIONS));
    }
}
