package org.segloss4j.internal.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Both conventions of ND4J's addresses, one of which is that of the ND4J at hand. */
class ViewOffsetTest {

    /** What an ND4J of that convention would say; the data of this one's views is the whole array's. */
    private static long given(ViewOffset convention, INDArray array) {
        long offset = array.offset() * array.dataType().width();
        return array.data().address() + (convention == ViewOffset.INCLUDED ? offset : 0);
    }

    @ParameterizedTest
    @EnumSource(ViewOffset.class)
    void conventionIsFoundOut(ViewOffset convention) {
        assertThat(ViewOffset.of(array -> given(convention, array), "address")).isEqualTo(convention);
    }

    @ParameterizedTest
    @EnumSource(ViewOffset.class)
    void viewsOfTheHostAreReadAtTheirFirstElement(ViewOffset convention) {
        HostArrayMemory memory = new HostArrayMemory(array -> given(convention, array));
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE, DataType.UINT8}) {
            INDArray whole = Nd4j.create(type, 3, 20);
            INDArray view = whole.get(NDArrayIndex.interval(1, 3), NDArrayIndex.interval(4, 20));
            long begin = memory.reading(whole).address();
            assertThat(memory.writing(view).address() - begin).as("%s", type).isEqualTo(24L * type.width());
        }
    }

    @Test
    void hostArraysOfThisNd4jAreReadWhereTheyAre() {
        INDArray view = Nd4j.linspace(0, 59, 60, DataType.FLOAT).get(NDArrayIndex.interval(7, 60));
        assertThat(HostArrayMemory.INSTANCE.reading(view).window(0).getFloat(0)).isEqualTo(7f);
    }

    @Test
    void otherDistancesAreRefused() {
        ToLongFunction<INDArray> twice = array -> array.data().address()
                + 2 * array.offset() * array.dataType().width();
        assertThatThrownBy(() -> ViewOffset.of(twice, "address")).isInstanceOf(IllegalStateException.class)
                .hasMessage("this version of ND4J is not understood: the address of a view that begins 12 bytes behind"
                        + " its array, with an offset() of 3, lies 24 bytes behind the array's, which should be 12,"
                        + " or 0 with an offset() of 3");
    }

    @Test
    void askedOnceEvenInAWorkspace() {
        AtomicInteger asked = new AtomicInteger();
        ViewOffset.Once once = new ViewOffset.Once(array -> {
            asked.incrementAndGet();
            return given(ViewOffset.LEFT_OUT, array);
        }, "address");
        WorkspaceConfiguration small = WorkspaceConfiguration.builder().initialSize(1024).build();
        try (MemoryWorkspace open = Nd4j.getWorkspaceManager().getAndActivateWorkspace(small, "VIEWS")) {
            INDArray array = Nd4j.create(DataType.FLOAT, 4);
            long before = open.getPrimaryOffset();
            once.firstElement(array);
            once.firstElement(array);
            assertThat(open.getPrimaryOffset()).isEqualTo(before);
        }
        // The array twice, and the probe's two.
        assertThat(asked).hasValue(4);
    }
}
