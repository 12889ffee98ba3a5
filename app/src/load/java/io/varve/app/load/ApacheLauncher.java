package io.varve.app.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;

/**
 * Starts the plain-file server: Debian's Apache with mod_dav over an empty directory, event MPM, Basic logins from an htpasswd file
 * whose hash is the cheapest one (SHA-1), no access log. It answers when a file is written to the page cache, not when it is on disk.
 */
final class ApacheLauncher {
    private static final Path PROGRAM = Path.of("/usr/sbin/apache2");
    private static final Path MODULES = Path.of("/usr/lib/apache2/modules");
    private static final String USER = "load";
    private static final String PASSWORD = "load-and-measure";
    private static final Duration START_MAX = Duration.ofSeconds(30);

    /** Debian's packages make this user; a server that root starts gives up its rights to it. */
    private static final String UNPRIVILEGED = "www-data";

    private ApacheLauncher() {}

    /** What it says it is. */
    static String version() throws IOException {
        if (!Files.isExecutable(PROGRAM)) {
            throw new IOException("The plain-file server is missing: install Debian's package apache2.");
        }
        Process process = new ProcessBuilder(PROGRAM.toString(), "-v").start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return text.lines().findFirst().orElse("").replace("Server version: ", "");
    }

    /** Starts it with everything it writes in a directory of its own. */
    static RunningServer start(Path directory) throws IOException {
        Path files = directory.resolve("files");
        Path log = directory.resolve("log");
        Files.createDirectories(files);
        Files.writeString(directory.resolve("htpasswd"), USER + ":{SHA}" + sha1(PASSWORD) + "\n");
        InetSocketAddress address = freeAddress();
        boolean root = System.getProperty("user.name").equals("root");
        if (root) {
            UserPrincipal owner =
                    directory.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(UNPRIVILEGED);
            Files.setOwner(files, owner);
            Files.setOwner(directory, owner);
        }
        Path configuration = directory.resolve("apache.conf");
        String account = root ? "User " + UNPRIVILEGED + "\nGroup " + UNPRIVILEGED : "";
        Files.writeString(configuration, configuration(directory, address.getPort(), account));
        Process process = new ProcessBuilder(PROGRAM.toString(), "-f", configuration.toString(), "-D", "FOREGROUND")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        RunningServer.await(process, log, START_MAX, () -> listens(address));
        Door door = new Door(address, "/", BasicLogin.of(USER, PASSWORD));
        return new RunningServer("apache", process, log, door, door);
    }

    /** Workers for 1,024 connections; requests of a kept-alive connection have no limit, as with Varve. */
    private static String configuration(Path directory, int port, String account) {
        return String.format(Locale.ROOT, """
                ServerName localhost
                ServerRoot %1$s
                DefaultRuntimeDir %1$s
                PidFile %1$s/pid
                ErrorLog %1$s/error.log
                Listen 127.0.0.1:%2$d
                %4$s
                LoadModule mpm_event_module %3$s/mod_mpm_event.so
                LoadModule authn_core_module %3$s/mod_authn_core.so
                LoadModule authn_file_module %3$s/mod_authn_file.so
                LoadModule authz_core_module %3$s/mod_authz_core.so
                LoadModule authz_user_module %3$s/mod_authz_user.so
                LoadModule auth_basic_module %3$s/mod_auth_basic.so
                LoadModule mime_module %3$s/mod_mime.so
                LoadModule dav_module %3$s/mod_dav.so
                LoadModule dav_fs_module %3$s/mod_dav_fs.so
                TypesConfig /etc/mime.types
                StartServers 2
                ServerLimit 16
                ThreadsPerChild 64
                MaxRequestWorkers 1024
                MinSpareThreads 64
                MaxSpareThreads 1024
                KeepAlive On
                MaxKeepAliveRequests 0
                KeepAliveTimeout 60
                LimitRequestBody 0
                DavLockDB %1$s/locks
                DocumentRoot %1$s/files
                <Directory %1$s/files>
                    Dav On
                    AllowOverride None
                    AuthType Basic
                    AuthName load
                    AuthUserFile %1$s/htpasswd
                    Require valid-user
                </Directory>
                """, directory, port, MODULES, account);
    }

    private static InetSocketAddress freeAddress() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
        }
    }

    private static boolean listens(InetSocketAddress address) {
        try {
            SocketChannel.open(address).close();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static String sha1(String password) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(password.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(digest);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java has SHA-1.", e);
        }
    }
}
