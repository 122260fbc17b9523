package org.segloss4j.internal.backend;

/** Tests of this package that need a device, for those of other packages that choose among them. */
public final class RealDeviceTests {

    /** The kernels that count. */
    public static final Class<?> COUNTS = RealDeviceCountsTest.class;

    private RealDeviceTests() {
    }
}
