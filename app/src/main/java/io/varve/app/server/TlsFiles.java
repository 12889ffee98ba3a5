package io.varve.app.server;

import io.varve.app.config.VarveSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;
import org.apache.tomcat.util.net.jsse.PEMFile;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS of all doors out of two PEM files: the certificate with its chain, and its key. Both are looked at twice a minute: renewed ones, such as
 * certbot and cert-manager leave, are used for connections that begin then, without a restart. What cannot be used is told in the log, and the
 * certificate of before stays. Thread-safe.
 */
final class TlsFiles implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TlsFiles.class);

    private static final Duration LOOK_EVERY = Duration.ofSeconds(30);

    private final Optional<VarveSettings.Tls> files;
    private final Thread watcher = Thread.ofVirtual().name("varve-tls").unstarted(this::watch);
    private volatile List<Connector> connectors = List.of();
    private volatile Runnable onChange = () -> {};
    private volatile @Nullable X509Certificate used;

    /** What was read last, whether or not it could be used: it is not read again before it changes. */
    private String seen = "";

    /** @param files empty for no TLS */
    TlsFiles(Optional<VarveSettings.Tls> files) {
        this.files = files;
    }

    /**
     * Has a connector speak TLS, before it is started.
     *
     * @throws IllegalStateException with a sentence for the operator if the files cannot be used
     */
    void apply(Connector connector) {
        if (files.isEmpty()) {
            return;
        }
        seen = state(files.get());
        try {
            used = leaf(files.get());
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(unusable(e), e);
        }
        SSLHostConfig host = new SSLHostConfig();
        host.setProtocols("TLSv1.2+TLSv1.3");
        SSLHostConfigCertificate certificate =
                new SSLHostConfigCertificate(host, SSLHostConfigCertificate.Type.UNDEFINED);
        certificate.setCertificateFile(files.get().certificate().toString());
        certificate.setCertificateKeyFile(files.get().key().toString());
        host.addCertificate(certificate);
        connector.setScheme("https");
        connector.setSecure(true);
        connector.setProperty("SSLEnabled", "true");
        connector.addSslHostConfig(host);
    }

    /**
     * Watches the files from now on.
     *
     * @param listening the connectors that speak TLS
     * @param changed run when another certificate is used
     */
    void follow(List<Connector> listening, Runnable changed) {
        connectors = listening;
        onChange = changed;
        if (files.isPresent()) {
            watcher.start();
        }
    }

    /** What clients of this machine know the certificate by, in hexadecimal digits; empty without TLS. */
    Optional<String> fingerprint() {
        X509Certificate leaf = used;
        try {
            return leaf == null ? Optional.empty() : Optional.of(fingerprint(leaf));
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("A certificate that was read cannot be written.", e);
        }
    }

    /** The SHA-256 of a certificate. */
    static String fingerprint(X509Certificate certificate) throws CertificateEncodingException {
        MessageDigest digest = AdministratorApi.sha256();
        return HexFormat.of().formatHex(digest.digest(certificate.getEncoded()));
    }

    /** Uses the files if they have changed since they were read last, and can be used. */
    private synchronized void look() {
        if (!state(files.orElseThrow()).equals(seen)) {
            reload();
        }
    }

    /**
     * Reads the files, changed or not, and uses them if they can be.
     *
     * @return what became of them; empty without TLS
     */
    synchronized Optional<String> reload() {
        if (files.isEmpty()) {
            return Optional.empty();
        }
        seen = state(files.get());
        try {
            X509Certificate leaf = leaf(files.get());
            for (Connector connector : connectors) {
                if (connector.getProtocolHandler() instanceof AbstractHttp11Protocol<?> protocol) {
                    protocol.reloadSslHostConfigs();
                }
            }
            used = leaf;
            onChange.run();
            String told = "The certificate of " + leaf.getSubjectX500Principal() + ", which ends on "
                    + leaf.getNotAfter().toInstant() + ", is used from now on.";
            LOG.info("{}", told);
            return Optional.of(told);
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            // Whatever Tomcat makes of the files: the watcher goes on.
            String told = unusable(e) + " The certificate of before stays.";
            LOG.error("{}", told);
            return Optional.of(told);
        }
    }

    private String unusable(Exception failure) {
        return "The files of varve.tls.certificate and varve.tls.key cannot be used: " + failure.getMessage() + ".";
    }

    private static String state(VarveSettings.Tls files) {
        return state(files.certificate()) + " " + state(files.key());
    }

    private static String state(Path file) {
        try {
            return Files.getLastModifiedTime(file) + " " + Files.size(file) + " " + file.toRealPath();
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** The server's own certificate, if the key is its. */
    private static X509Certificate leaf(VarveSettings.Tls files) throws IOException, GeneralSecurityException {
        List<X509Certificate> chain = new PEMFile(files.certificate().toString()).getCertificates();
        if (chain.isEmpty()) {
            throw new GeneralSecurityException(files.certificate() + " holds no certificate");
        }
        PrivateKey key = new PEMFile(files.key().toString()).getPrivateKey();
        if (key == null) {
            throw new GeneralSecurityException(files.key() + " holds no private key");
        }
        requirePair(chain.getFirst(), key);
        return chain.getFirst();
    }

    private static void requirePair(X509Certificate certificate, PrivateKey key) throws GeneralSecurityException {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        byte[] anything = {'v', 'a', 'r', 'v', 'e'};
        Signature signing = Signature.getInstance(algorithm);
        signing.initSign(key);
        signing.update(anything);
        byte[] signature = signing.sign();
        Signature verifying = Signature.getInstance(algorithm);
        try {
            verifying.initVerify(certificate.getPublicKey());
            verifying.update(anything);
            if (verifying.verify(signature)) {
                return;
            }
        } catch (GeneralSecurityException e) {
            throw new GeneralSecurityException("the key does not belong to the certificate", e);
        }
        throw new GeneralSecurityException("the key does not belong to the certificate");
    }

    private void watch() {
        try {
            while (true) {
                Thread.sleep(LOOK_EVERY);
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
