package org.segloss4j.internal.cuda;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.segloss4j.internal.cuda.compile.KernelCompiler;
import org.segloss4j.internal.cuda.compile.KernelImage;
import org.segloss4j.internal.cuda.compile.KernelText;
import org.segloss4j.internal.cuda.compile.Target;

/** Counts how often it compiles; its code is a description of what it got. */
public class CountingCompiler implements KernelCompiler {

    public final AtomicInteger compiled = new AtomicInteger();
    private final String name;
    private final String version;

    public CountingCompiler(String name, String version) {
        this.name = name;
        this.version = version;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public Target target(int capability) {
        return Target.cubin(capability);
    }

    @Override
    public KernelImage compile(KernelText kernel, Target target) {
        compiled.incrementAndGet();
        return new KernelImage(code(kernel, target), target, id(), "");
    }

    /** What it makes. */
    public byte[] code(KernelText kernel, Target target) {
        return (id() + target + kernel.symbol() + kernel.hash() + "x".repeat(20_000)).getBytes(StandardCharsets.UTF_8);
    }
}
