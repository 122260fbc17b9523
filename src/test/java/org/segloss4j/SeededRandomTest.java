package org.segloss4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** That what tests draw does not depend on what was drawn before. */
class SeededRandomTest {

    private static final List<INDArray> DRAWN = new ArrayList<>();

    /** Every run has a name of its own, but draws as often as it likes. */
    @RepeatedTest(value = 3, name = "the same name")
    void drawsTheSame() {
        INDArray drawn = Nd4j.rand(DataType.FLOAT, 5);
        DRAWN.add(drawn);
        assertThat(drawn).isEqualTo(DRAWN.get(0));
        Nd4j.rand(DataType.FLOAT, DRAWN.size());
    }

    @Test
    void knowsWhoDraws() {
        assertThat(SeededRandom.namesNd4j(SeededRandomTest.class)).isTrue();
        assertThat(SeededRandom.namesNd4j(Shard.class)).isFalse();
    }
}
