package io.varve.webdav;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Credential;
import io.varve.storage.access.AccessControl.Role;
import io.varve.storage.access.PasswordUse;
import io.varve.webdav.DavClient.Answer;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Logins with key pairs. */
class LoginTest extends DoorTest {
    private Answer get(String authorization) {
        return client.raw("GET " + bucket + "a", "Authorization: " + authorization + "\r\n", new byte[0]);
    }

    @Test
    void aKeyPairIsAToken() throws IOException {
        file(bucket + "a", "x");
        server.engine.access().addUser("robot", "a-password-of-its-own", Role.READONLY);
        Credential key = server.engine.access().addKey("robot").orElseThrow();
        String token = key.accessKeyId() + "." + key.secret();
        assertThat(get("Bearer " + token).body()).isEqualTo("x");
        assertThat(get("bearer " + token).body()).isEqualTo("x");
        Answer put = client.raw(
                "PUT " + bucket + "a", "Authorization: Bearer " + token + "\r\nContent-Length: 1\r\n", new byte[] {'y'
                });
        assertStatus(403, put);
        for (String wrong : List.of(token + "x", key.accessKeyId(), key.accessKeyId() + ".", "." + key.secret())) {
            Answer answer = get("Bearer " + wrong);
            assertThat(answer.status()).as(wrong).isEqualTo(401);
            assertThat(answer.header("WWW-Authenticate"))
                    .hasValueSatisfying(challenge -> assertThat(challenge).startsWith("Bearer"));
        }
        server.engine.access().removeKey(key.accessKeyId());
        assertStatus(401, get("Bearer " + token));
        assertThat(get("Digest x").header("WWW-Authenticate"))
                .hasValueSatisfying(challenge -> assertThat(challenge).startsWith("Basic"));
    }

    private static String basic(String name, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((name + ":" + password).getBytes(UTF_8));
    }

    @Test
    void aKeyPairIsANameAndPassword() throws IOException {
        file(bucket + "a", "x");
        AccessControl access = server.engine.access();
        access.addUser("desktop", "for-the-console", Role.READONLY, PasswordUse.CONSOLE);
        Credential key = access.addKey("desktop").orElseThrow();
        assertThat(get(basic(key.accessKeyId(), key.secret())).body()).isEqualTo("x");
        Answer refused = get(basic("desktop", "for-the-console"));
        assertStatus(401, refused);
        assertThat(refused.body()).contains("console", "key pair");
        assertThat(get(basic("no-such-user", "for-the-console")).body())
                .as("nobody is told whether there is such a user")
                .isEqualTo(refused.body());
        assertStatus(401, get(basic(key.accessKeyId(), "for-the-console")));
        assertStatus(401, get("Bearer desktop.for-the-console"));
        assertThat(access.removeKey(key.accessKeyId())).isTrue();
        assertStatus(401, get(basic(key.accessKeyId(), key.secret())));
    }

    /** A request from another machine, as far as a login looks at it. */
    private static HttpServletRequest request(boolean secure, String forwarded) {
        return (HttpServletRequest) Proxy.newProxyInstance(
                LoginTest.class.getClassLoader(),
                new Class<?>[] {HttpServletRequest.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "isSecure" -> secure;
                    case "getRemoteAddr" -> "192.0.2.7";
                    case "getHeader" -> arguments[0].equals("X-Forwarded-Proto") ? forwarded : "";
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    @Test
    void tokensAreTakenOverTlsOnly() throws Exception {
        Credential key = server.engine.access().addKey(DavServer.USER).orElseThrow();
        String header = "Bearer " + key.accessKeyId() + "." + key.secret();
        BearerLogin login = new BearerLogin(server.engine.access());
        assertThat(login.verify(request(true, ""), header)).contains(key.principal());
        assertThat(login.verify(request(false, "https"), header)).contains(key.principal());
        assertThatThrownBy(() -> login.verify(request(false, "http"), header))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("TLS");
    }
}
