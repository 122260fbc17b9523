package org.segloss4j.replicas;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The secret of a job. It never travels: what does are HMACs of what both sides said. */
final class Secret {

    static final int PROOF_BYTES = 32;

    private static final int LEAST_BYTES = 16;
    private static final String ALGORITHM = "HmacSHA256";

    private final byte[] bytes;

    Secret(byte[] bytes) {
        if (bytes.length < LEAST_BYTES) {
            throw new IllegalArgumentException("the secret of the replicas has " + bytes.length + " bytes; at least "
                    + LEAST_BYTES + " are needed, such as those that \"openssl rand -hex 32\" prints");
        }
        this.bytes = bytes.clone();
    }

    /**
     * Proves that its maker knows the secret, for one conversation and one purpose.
     *
     * @param purpose differs for the two sides, so that none can give back what it was told
     * @param said    what both sides have said: ranks, role, and a random number of each
     */
    byte[] proof(String purpose, byte[]... said) {
        return mac(bytes, purpose, said);
    }

    /** What frames that travel in one direction are signed with. */
    Mac signature(String direction, byte[]... said) {
        return keyed(mac(mac(bytes, "session", said), direction));
    }

    private static byte[] mac(byte[] key, String purpose, byte[]... said) {
        Mac mac = keyed(key);
        mac.update(("SegLoss4J replicas: " + purpose + '\n').getBytes(StandardCharsets.US_ASCII));
        for (byte[] message : said) {
            mac.update(message);
        }
        return mac.doFinal();
    }

    private static Mac keyed(byte[] key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no " + ALGORITHM, e);
        }
    }
}
