package org.segloss4j.cli.input;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** What somebody who mistyped a name may have meant. */
public final class Suggestion {

    private Suggestion() {
    }

    /**
     * The end of a message.
     *
     * @param given what was written
     * @param known the names that there are
     * @return such as {@code ", did you mean dice?"}, or an empty text if no name is near
     */
    public static String among(String given, Collection<String> known) {
        String lower = given.toLowerCase(Locale.ROOT);
        // One mistake in a short name, two in a longer one: anything is near to "x".
        int most = given.replace("-", "").length() <= 4 ? 1 : 2;
        return known.stream().filter(name -> distance(lower, name.toLowerCase(Locale.ROOT)) <= most)
                .min(Comparator.comparingInt(name -> distance(lower, name.toLowerCase(Locale.ROOT))))
                .filter(name -> given.length() > 1).map(name -> ", did you mean " + name + "?").orElse("");
    }

    /** How many letters are to be added, left out, replaced, or exchanged with their neighbours. */
    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int k = 0; k <= b.length(); k++) {
                if (i == 0 || k == 0) {
                    d[i][k] = i + k;
                    continue;
                }
                int other = a.charAt(i - 1) == b.charAt(k - 1) ? 0 : 1;
                d[i][k] = Math.min(Math.min(d[i - 1][k], d[i][k - 1]) + 1, d[i - 1][k - 1] + other);
                if (i > 1 && k > 1 && a.charAt(i - 1) == b.charAt(k - 2) && a.charAt(i - 2) == b.charAt(k - 1)) {
                    d[i][k] = Math.min(d[i][k], d[i - 2][k - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
