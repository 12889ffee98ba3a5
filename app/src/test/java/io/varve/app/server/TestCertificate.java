package io.varve.app.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Certificates for 127.0.0.1 that signed themselves, made by Java's own keytool. */
final class TestCertificate {
    private static final String PASSWORD = "changeit";

    private final KeyStore store;
    private final String alias;

    private TestCertificate(KeyStore store, String alias) {
        this.store = store;
        this.alias = alias;
    }

    static TestCertificate make(Path directory, String alias) throws Exception {
        Path file = directory.resolve(alias + ".p12");
        Process keytool = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=" + alias,
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-alias",
                        alias,
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        PASSWORD))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!keytool.waitFor(60, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
            keytool.destroyForcibly();
            throw new IOException("keytool made no certificate");
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        return new TestCertificate(store, alias);
    }

    void writeCertificate(Path file) throws IOException, GeneralSecurityException {
        write(file, "CERTIFICATE", store.getCertificate(alias).getEncoded());
    }

    void writeKey(Path file) throws IOException, GeneralSecurityException {
        write(file, "PRIVATE KEY", store.getKey(alias, PASSWORD.toCharArray()).getEncoded());
    }

    private static void write(Path file, String what, byte[] der) throws IOException {
        Files.writeString(
                file,
                "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder().encodeToString(der) + "\n-----END " + what
                        + "-----\n");
    }

    /** Trusts these and no others. */
    static SSLContext trusting(TestCertificate... certificates) throws IOException, GeneralSecurityException {
        KeyStore known = KeyStore.getInstance("PKCS12");
        known.load(null, null);
        for (TestCertificate each : certificates) {
            Certificate certificate = each.store.getCertificate(each.alias);
            known.setCertificateEntry(each.alias, certificate);
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(known);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }
}
