package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.s3.RawClient.Answer;
import io.varve.s3.operation.VerbatimContentType;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What reaches a servlet behind a prepared connector: every path, byte by byte. */
class S3ConnectorTest {

    @TempDir
    private static Path directory;

    private static Tomcat tomcat;
    private static RawClient client;

    /** Answers with the path it was asked for, and the content type it was told in a header. */
    private static final class Echo extends HttpServlet {
        private static final long serialVersionUID = 1L;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String type = request.getHeader("x-type");
            if (type != null) {
                VerbatimContentType.set(response, type);
            }
            byte[] path = S3Connector.rawPath(request).getBytes(StandardCharsets.ISO_8859_1);
            response.setContentLength(path.length);
            response.getOutputStream().write(path);
        }
    }

    @BeforeAll
    static void start() throws LifecycleException {
        tomcat = new Tomcat();
        tomcat.setBaseDir(directory.toString());
        Connector connector = S3Connector.create();
        connector.setPort(0);
        connector.setProperty("address", "127.0.0.1");
        tomcat.setConnector(connector);
        Context context = tomcat.addContext("", directory.toString());
        Tomcat.addServlet(context, "echo", new Echo());
        context.addServletMapping("/", "echo");
        tomcat.start();
        client = new RawClient(connector.getLocalPort(), "", "");
    }

    @AfterAll
    static void stop() throws LifecycleException {
        tomcat.stop();
        tomcat.destroy();
    }

    private static Answer get(String target, Map<String, String> headers) throws IOException {
        TreeMap<String, String> all = new TreeMap<>(headers);
        all.put("host", client.host());
        return client.exchange("GET", target, all, new byte[0]);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/b/k",
                "/b/a%2Fb",
                "/b/a%252F",
                "/b//a//",
                "/b/../../../x",
                "/b/./..",
                "/..",
                "/b/%00",
                "/b/%zz",
                "/b/%",
                "/b/a;jsessionid=1/c",
                "/b/a%5Cb",
                "/b/a\\b",
                "/b/[x]{y}|^`<>\"",
                "/b/%C3%A4%ff",
                "/b/a%3Fb"
            })
    void passesPathsAsTheyWereSent(String path) throws IOException {
        Answer answer = get(path, Map.of());
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).isEqualTo(path);
        assertThat(get(path + "?q=/../%2F", Map.of()).text()).isEqualTo(path);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "text/html; charset=utf-8",
                "text/html;charset=\"UTF-8\"",
                "application/x; a=b; Charset=x",
                "nonsense",
                "text/plain; charset=no-such-set"
            })
    void sendsContentTypesAsTheyWereStored(String type) throws IOException {
        assertThat(get("/", Map.of("x-type", type)).headers()).containsEntry("content-type", type);
    }

    @ParameterizedTest
    @CsvSource({
        "x-amz-meta-a, 'a\u0004b', 400, BadRequest",
        "bad name, a, 400, BadRequest",
        "transfer-encoding, rot13, 501, NotImplemented",
    })
    void refusesWhatIsNoHttpByADocument(String header, String value, int status, String code) throws IOException {
        Answer answer = get("/b/k", Map.of(header, value));
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.headers()).containsEntry("content-type", "application/xml");
        assertThat(answer.code()).isEqualTo(code);
        assertThat(get("/b/k", Map.of()).text()).isEqualTo("/b/k");
    }

    @Test
    void leavesRequestsApart() throws IOException {
        assertThat(get("/b/a%2Fb", Map.of()).text()).isEqualTo("/b/a%2Fb");
        assertThat(get("/b/plain", Map.of()).text()).isEqualTo("/b/plain");
    }
}
