package org.segloss4j.cli.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.segloss4j.cli.training.Agreement.Next;
import org.segloss4j.replicas.LocalReplicas;

/** What several replicas do next is one thing. */
class AgreementTest {

    /** What each of three does, of which the given ones want to stop and to save. */
    private static List<Next> next(List<Integer> stopping, List<Integer> saving) {
        return LocalReplicas.run(3, Duration.ofSeconds(30), replicas -> new Agreement(replicas).next(
                stopping.contains(replicas.rank()), saving.contains(replicas.rank())));
    }

    @Test
    void allSaveWhenTheFirstWantsToAndEndWhenAnyDoes() {
        assertThat(next(List.of(), List.of())).containsOnly(Next.GO_ON);
        assertThat(next(List.of(), List.of(0, 2))).containsOnly(Next.SAVE);
        assertThat(next(List.of(), List.of(1, 2))).containsOnly(Next.GO_ON);
        assertThat(next(List.of(1), List.of(0))).containsOnly(Next.STOP);
        assertThat(next(List.of(0), List.of(0))).containsOnly(Next.STOP);
        assertThat(next(List.of(2), List.of())).containsOnly(Next.STOP);
    }
}
