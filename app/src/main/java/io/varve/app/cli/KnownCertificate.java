package io.varve.app.cli;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts one certificate and no other, whoever signed it and whatever names are in it: the one that the server left the digest of in its data
 * directory, which only its own account can write to. So commands reach a server on its own machine by an address that its certificate is not for.
 */
final class KnownCertificate extends X509ExtendedTrustManager {
    private final String sha256;

    private KnownCertificate(String sha256) {
        this.sha256 = sha256;
    }

    /** @param sha256 of the certificate, in hexadecimal digits */
    static SSLContext context(String sha256) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new KnownCertificate(sha256)}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java machine has no TLS.", e);
        }
    }

    private void require(X509Certificate[] chain) throws CertificateException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            if (!HexFormat.of().formatHex(digest.digest(chain[0].getEncoded())).equals(sha256)) {
                throw new CertificateException("Another server answers than the one of the data directory.");
            }
        } catch (GeneralSecurityException e) {
            throw e instanceof CertificateException known ? known : new CertificateException(e);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        require(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        require(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        require(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        throw new CertificateException("No clients are known.");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        throw new CertificateException("No clients are known.");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        throw new CertificateException("No clients are known.");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
