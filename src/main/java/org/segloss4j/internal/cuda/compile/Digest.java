package org.segloss4j.internal.cuda.compile;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 as hexadecimal digits. */
public final class Digest {

    private Digest() {
    }

    /** Digest of texts; where one ends and the next starts matters. */
    public static String of(String... parts) {
        MessageDigest digest = sha256();
        for (String part : parts) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
            digest.update(bytes);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Digest of bytes that belong to an identity. */
    public static String of(String identity, byte[] payload) {
        MessageDigest digest = sha256();
        digest.update((identity + ":").getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest.digest(payload));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
