package org.segloss4j.internal.cuda.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LaunchPolicyTest {

    @AfterEach
    void forgetPolicy() {
        System.clearProperty(LaunchPolicy.PROPERTY);
    }

    @Test
    void candidatesAreDifferentAndReadAsTheyAreWritten() {
        assertThat(LaunchPolicy.candidates()).doesNotHaveDuplicates().startsWith(LaunchPolicy.DEFAULT)
                .allSatisfy(policy -> assertThat(LaunchPolicy.parse(policy.toString())).isEqualTo(policy));
        assertThat(LaunchPolicy.parse("t128b3v2s1r0")).hasToString("t128b3v2s1r0");
        assertThat(LaunchPolicy.DEFAULT).hasToString("t256b2v4s2r1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "t256b2v4s2", "t0b2v4s2r1", "t288b2v4s2r1", "t100b2v4s2r1", "t256b0v4s2r1",
        "t256b33v4s2r1", "t256b2v3s2r1", "t256b2v4s0r1", "t256b2v4s3r1", "t256b2v4s2r2",
        "t256b2v4s2r1f1", "t256b2v4s2r1a2"})
    void whatIsNoPolicyIsNamed(String text) {
        assertThatThrownBy(() -> LaunchPolicy.parse(text)).isInstanceOf(IllegalArgumentException.class)
                .message().containsPattern("launch policy " + text + " is not of the form|but must be");
    }

    @Test
    void thePropertyIsReadWhenItIsNeeded() {
        assertThat(LaunchPolicy.configured()).isEqualTo(LaunchPolicy.DEFAULT);
        System.setProperty(LaunchPolicy.PROPERTY, "t64b1v1s1r0");
        assertThat(LaunchPolicy.configured().threads()).isEqualTo(64);
        assertThat(LaunchPlan.counting(1, 100_000, 10, LaunchPolicy.configured(), 40))
                .isEqualTo(new LaunchPlan(new LaunchShape(10, 64, 40), 10, 10_016, false));
        System.clearProperty(LaunchPolicy.PROPERTY);
        assertThat(LaunchPolicy.configured()).isEqualTo(LaunchPolicy.DEFAULT);
    }
}
