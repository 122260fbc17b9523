package org.segloss4j.cuda;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts how often it compiles; its code is a description of what it got. */
class CountingCompiler implements KernelCompiler {

    final AtomicInteger compiled = new AtomicInteger();
    private final String name;
    private final String version;

    CountingCompiler(String name, String version) {
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
    byte[] code(KernelText kernel, Target target) {
        return (id() + target + kernel.symbol() + kernel.hash() + "x".repeat(20_000)).getBytes(StandardCharsets.UTF_8);
    }
}
