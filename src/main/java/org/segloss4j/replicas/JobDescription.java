package org.segloss4j.replicas;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** What must be the same on all replicas. */
record JobDescription(SortedMap<String, String> entries) {

    static JobDescription of(Map<String, String> entries) {
        return new JobDescription(new TreeMap<>(entries));
    }

    ByteBuffer bytes() {
        int size = entries.entrySet().stream()
                .mapToInt(e -> 2 * Integer.BYTES + utf8(e.getKey()).length + utf8(e.getValue()).length).sum();
        ByteBuffer bytes = ByteBuffer.allocate(size);
        entries.forEach((key, value) -> {
            bytes.putInt(utf8(key).length).put(utf8(key));
            bytes.putInt(utf8(value).length).put(utf8(value));
        });
        return bytes.flip();
    }

    static JobDescription read(ByteBuffer payload) {
        ByteBuffer from = payload.duplicate();
        SortedMap<String, String> entries = new TreeMap<>();
        while (from.hasRemaining()) {
            entries.put(text(from), text(from));
        }
        return new JobDescription(entries);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(ByteBuffer from) {
        byte[] bytes = new byte[from.getInt()];
        from.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /**
     * Compares.
     *
     * @param own   the name of this replica
     * @param other the name of the other
     * @return the first difference in words, or null
     */
    String difference(String own, JobDescription others, String other) {
        SortedSet<String> keys = new TreeSet<>(entries.keySet());
        keys.addAll(others.entries.keySet());
        for (String key : keys) {
            String here = entries.get(key);
            String there = others.entries.get(key);
            if (here == null || !here.equals(there)) {
                return other + " has " + described(key, there) + ", but " + own + " has " + described(key, here)
                        + "; it must be the same on all replicas";
            }
        }
        return null;
    }

    private static String described(String key, String value) {
        return value == null ? "no " + key : key + " " + value;
    }
}
