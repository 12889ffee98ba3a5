package io.varve.launch;

import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Asks a server that speaks TLS whether it is ready, for health checks of containers, whose images have no other program that speaks it. The
 * server is known by the digest of its certificate, as {@code server.address} has it, whatever names are in it. It is small, and
 * loads nothing else of Varve, since it runs every few seconds.
 */
public final class ReadyCheck {
    private static final int MILLIS_MAX = 4000;

    private ReadyCheck() {}

    /**
     * Ends with 0 if the server is ready, else with 1.
     *
     * @param args the server's address, and the SHA-256 of its certificate in hexadecimal digits
     */
    public static void main(String[] args) throws Exception {
        System.exit(args.length == 2 && isReady(args[0], args[1]) ? 0 : 1);
    }

    private static boolean isReady(String url, String certificate) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Pinned(certificate)}, null);
        HttpsURLConnection connection = (HttpsURLConnection)
                URI.create(url + "/actuator/health/readiness").toURL().openConnection();
        connection.setSSLSocketFactory(context.getSocketFactory());
        connection.setHostnameVerifier((host, session) -> true);
        connection.setConnectTimeout(MILLIS_MAX);
        connection.setReadTimeout(MILLIS_MAX);
        return connection.getResponseCode() == 200;
    }

    /** Trusts one certificate, by its digest. */
    private static final class Pinned implements X509TrustManager {
        private final String sha256;

        Pinned(String sha256) {
            this.sha256 = sha256;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            try {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(chain[0].getEncoded());
                if (!HexFormat.of().formatHex(digest).equalsIgnoreCase(sha256)) {
                    throw new CertificateException("It is not the server's certificate.");
                }
            } catch (GeneralSecurityException e) {
                throw new CertificateException(e);
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("No client is trusted.");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
