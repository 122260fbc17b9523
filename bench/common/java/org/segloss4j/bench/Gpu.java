package org.segloss4j.bench;

import org.nd4j.shade.jackson.annotation.JsonInclude;

/**
 * The device that results were measured on.
 *
 * @param name            of the device, as its driver gives it
 * @param driver          version
 * @param cuda            version
 * @param compilers       that kernels were compiled by
 * @param copyGBPerSecond bytes read plus written by a copy within the device's memory, in 10⁹ a second
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Gpu(String name, String driver, String cuda, String compilers, Double copyGBPerSecond) {

    /** The same with a bandwidth that was measured. */
    public Gpu with(double bandwidth) {
        return new Gpu(name, driver, cuda, compilers, bandwidth);
    }
}
