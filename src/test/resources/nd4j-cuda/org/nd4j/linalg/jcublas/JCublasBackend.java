package org.nd4j.linalg.jcublas;

import org.nd4j.common.io.ClassPathResource;
import org.nd4j.common.io.Resource;
import org.nd4j.linalg.cpu.nativecpu.CpuBackend;

/** Plays nd4j-cuda: operations run on the host, and arrays have a second copy that is called the device's. */
public class JCublasBackend extends CpuBackend {

    @Override
    public int getPriority() {
        return 1000;
    }

    @Override
    public Resource getConfigurationResource() {
        return new ClassPathResource("/plays-nd4j-cuda.properties");
    }
}
