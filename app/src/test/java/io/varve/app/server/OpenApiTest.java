package io.varve.app.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The description of the REST interface names what there is, and nothing else. */
class OpenApiTest {
    /** What servlets serve, not controllers. */
    private static final Set<String> OF_SERVLETS = Set.of(
            "GET /api/v1/content/{bucket}/{path}",
            "PUT /api/v1/content/{bucket}/{path}",
            "DELETE /api/v1/content/{bucket}/{path}",
            "GET /s/{bucket}/{token}");

    private static JsonNode document;

    @BeforeAll
    static void read() throws Exception {
        try (InputStream in = OpenApiTest.class.getResourceAsStream("/console/openapi.json")) {
            document = JsonMapper.builder().build().readTree(Objects.requireNonNull(in));
        }
    }

    @Test
    void everyResourceIsDescribed() {
        Set<String> served = new TreeSet<>(OF_SERVLETS);
        Import parts = Objects.requireNonNull(ServerConfiguration.class.getAnnotation(Import.class));
        for (Class<?> part : parts.value()) {
            RequestMapping base = AnnotatedElementUtils.findMergedAnnotation(part, RequestMapping.class);
            for (Method method : part.getDeclaredMethods()) {
                RequestMapping mapping = AnnotatedElementUtils.findMergedAnnotation(method, RequestMapping.class);
                if (mapping != null) {
                    String path = first(base == null ? new String[0] : base.path()) + first(mapping.path());
                    for (RequestMethod each : mapping.method()) {
                        served.add(each + " " + path);
                    }
                }
            }
        }
        served.removeIf(each -> !each.contains(" /api/v1") && !OF_SERVLETS.contains(each));
        Set<String> described = new TreeSet<>();
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .propertyNames()
                        .forEach(method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
        assertThat(described).isEqualTo(served);
    }

    private static String first(String[] paths) {
        return Arrays.stream(paths).findFirst().orElse("");
    }

    @Test
    void everyReferenceLeadsSomewhereAndEveryAnswerIsSaid() {
        Set<String> missing = new TreeSet<>();
        references(document, missing);
        assertThat(missing).isEmpty();
        assertThat(document.path("openapi").asString()).startsWith("3.1");
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(operation -> {
                    assertThat(operation.getValue().path("summary").asString())
                            .as(path.getKey())
                            .isNotBlank();
                    assertThat(operation.getValue().path("responses").size())
                            .as(path.getKey())
                            .isGreaterThan(1);
                }));
    }

    private static void references(JsonNode node, Set<String> missing) {
        if (node.has("$ref")) {
            String reference = node.path("$ref").asString();
            if (document.at(reference.substring(1)).isMissingNode()) {
                missing.add(reference);
            }
        }
        node.forEach(child -> references(child, missing));
    }
}
