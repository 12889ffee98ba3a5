package io.varve.app.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import io.kubernetes.client.openapi.models.V1Ingress;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Secret;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The chart as Helm's own engine renders it, and its manifests by the Kubernetes API's own fields and types. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class HelmChartTest {

    private static final Path CHART = Path.of("..", "deploy", "helm", "varve");

    private static final String KUBERNETES = "1.34.0";

    private static final String LEAST = "root: {password: as-good-as-any-other}\n";

    /** Every part of the chart that can be switched on, and every value that takes text of its own. */
    private static final String EVERYTHING = """
            fullnameOverride: store
            root: {existingSecret: store-root}
            image: {repository: images.example.org/varve, tag: 1.2.3}
            imagePullSecrets: [{name: pull}]
            env: {VARVE_STORE_HISTORY: 90d, VARVE_METRICS_LOGIN: false, VARVE_HTTP_CONNECTIONS_MAX: 5000}
            java: {heapPercent: 50, options: -Xlog:gc}
            persistence: {size: 2Ti, storageClass: "-", annotations: {a: b}}
            resources: {requests: {cpu: 1}, limits: {cpu: "2", memory: 8Gi}}
            service:
              web: {type: LoadBalancer, port: 80, annotations: {a: b}}
              s3: {type: NodePort, port: 9000}
            ingress:
              web: {enabled: true, className: nginx, host: files.example.org, tlsSecret: files-tls}
              s3: {enabled: true, host: s3.example.org, virtualHosts: true, tlsSecret: s3-tls}
            metrics: {serviceMonitor: {enabled: true, labels: {release: prometheus}, tlsConfig: {serverName: store}}}
            networkPolicy:
              from: [{namespaceSelector: {matchLabels: {team: files}}}]
              egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 443}]}]
            podDisruptionBudget: {enabled: true}
            tls: {existingSecret: store-tls}
            extraVolumes: [{name: fast, emptyDir: {}}]
            extraVolumeMounts: [{name: fast, mountPath: /fast}]
            podAnnotations: {a: b}
            podLabels: {tier: storage}
            nodeSelector: {disk: ssd}
            tolerations: [{key: storage, operator: Exists, effect: NoSchedule}]
            affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Exists}]}]}}}
            priorityClassName: storage
            """;

    /** Those parts off that are on by default. */
    private static final String NOTHING = """
            root: {user: admin, password: "12345"}
            networkPolicy: {enabled: false}
            serviceAccount: {create: false}
            resources: {}
            """;

    @TempDir
    Path directory;

    @Test
    void lintFindsNothing() {
        LintResult result = new Helm(CHART).lint().strict().call();

        assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
    }

    @Test
    void manifestsHaveTheFieldsAndTypesThatKubernetesKnows() throws IOException {
        assertThat(kinds(LEAST))
                .containsExactlyInAnyOrder(
                        "NetworkPolicy",
                        "ServiceAccount",
                        "Secret",
                        "Service",
                        "Service",
                        "Service",
                        "StatefulSet",
                        "Pod");
        assertThat(kinds(EVERYTHING))
                .containsExactlyInAnyOrder(
                        "NetworkPolicy",
                        "ServiceAccount",
                        "Service",
                        "Service",
                        "Service",
                        "StatefulSet",
                        "Pod",
                        "Ingress",
                        "Ingress",
                        "ServiceMonitor",
                        "PodDisruptionBudget");
        assertThat(kinds(NOTHING))
                .containsExactlyInAnyOrder("Secret", "Service", "Service", "Service", "StatefulSet", "Pod");
    }

    @Test
    void thePodIsRestrictedAndSeesNoNamesOfServices() throws IOException {
        JsonObject pod = manifests(LEAST).stream()
                .filter(manifest -> kind(manifest).equals("StatefulSet"))
                .findFirst()
                .orElseThrow()
                .getAsJsonObject("spec")
                .getAsJsonObject("template")
                .getAsJsonObject("spec");
        assertThat(pod.get("enableServiceLinks").getAsBoolean()).isFalse();
        assertThat(pod.get("automountServiceAccountToken").getAsBoolean()).isFalse();
        assertThat(pod.getAsJsonObject("securityContext").get("runAsNonRoot").getAsBoolean())
                .isTrue();
        JsonObject container = pod.getAsJsonArray("containers").get(0).getAsJsonObject();
        assertThat(container.getAsJsonObject("securityContext").toString())
                .contains(
                        "\"readOnlyRootFilesystem\":true", "\"allowPrivilegeEscalation\":false", "\"drop\":[\"ALL\"]");
        assertThat(container.getAsJsonArray("env").toString()).contains("-XX:MaxRAMPercentage=40");
    }

    @Test
    void withACertificateEverythingThatAsksTheServerSpeaksTls() throws IOException {
        assertThat(render(LEAST)).contains("scheme: HTTP\n").doesNotContain("HTTPS", "/etc/varve/tls");
        for (String values : List.of(
                "tls: {existingSecret: store-tls}\n", "env: {VARVE_TLS_CERTIFICATE: /certificates/chain.pem}\n")) {
            String rendered = render(LEAST + values + """
                    metrics: {serviceMonitor: {enabled: true, tlsConfig: {insecureSkipVerify: true}}}
                    ingress: {web: {enabled: true}, s3: {enabled: true}}
                    """);
            assertThat(rendered)
                    .doesNotContain("scheme: HTTP\n")
                    .containsPattern("(?s)startupProbe:.*?scheme: HTTPS.*?livenessProbe:.*?scheme: HTTPS"
                            + ".*?readinessProbe:.*?scheme: HTTPS")
                    .contains("scheme: https", "insecureSkipVerify: true", "status \"$WEB\" / 400");
            assertThat(rendered.split("backend-protocol: HTTPS", -1)).hasSize(3);
            assertThat(rendered.split("proxy-body-size", -1))
                    .as("other annotations stay")
                    .hasSize(3);
        }
    }

    @Test
    void valuesThatCannotBeUsedAreRefusedByName() {
        assertThatThrownBy(() -> render("")).hasMessageContaining("root.password");
        assertThatThrownBy(() -> render(LEAST + "replicas: 3\n")).hasMessageContaining("replicas");
        assertThatThrownBy(() -> render(LEAST + "env: {VARVE_PORT: 80}\n")).hasMessageContaining("VARVE_PORT");
        assertThatThrownBy(() -> render(LEAST + "persistence: {size: big}\n")).hasMessageContaining("size");
        assertThatThrownBy(() -> render(LEAST + "java: {heapPercent: 95}\n")).hasMessageContaining("heapPercent");
    }

    private List<String> kinds(String values) throws IOException {
        List<String> kinds = new ArrayList<>();
        for (JsonObject manifest : manifests(values)) {
            validate(manifest);
            kinds.add(kind(manifest));
        }
        return kinds;
    }

    private List<JsonObject> manifests(String values) throws IOException {
        Gson gson = new Gson();
        List<JsonObject> manifests = new ArrayList<>();
        for (Object document : new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(render(values))) {
            if (document instanceof Map<?, ?>) {
                manifests.add(gson.toJsonTree(document).getAsJsonObject());
            }
        }
        return manifests;
    }

    private String render(String values) throws IOException {
        Path file = Files.writeString(directory.resolve("values.yaml"), values);
        return new Helm(withoutHooks())
                .template()
                .withName("varve")
                .withKubeVersion(KUBERNETES)
                .withValuesFile(file)
                .call();
    }

    /** A copy of the chart. Rendering leaves hooks out, so the pod that tests an installation is none there. */
    private Path withoutHooks() throws IOException {
        Path copy = Files.createTempDirectory(directory, "chart");
        try (Stream<Path> files = Files.walk(CHART)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = copy.resolve(CHART.relativize(file).toString());
                Files.createDirectories(Objects.requireNonNull(target.getParent()));
                Files.writeString(target, Files.readString(file).replace("helm.sh/hook", "example.org/hook"));
            }
        }
        return copy;
    }

    private static String kind(JsonObject manifest) {
        return manifest.get("kind").getAsString();
    }

    /** The API's model knows required fields, types and every name: an unknown one is an error, as with the API's strict checks. */
    private static void validate(JsonElement manifest) throws IOException {
        switch (kind(manifest.getAsJsonObject())) {
            case "StatefulSet" -> V1StatefulSet.validateJsonElement(manifest);
            case "Service" -> V1Service.validateJsonElement(manifest);
            case "ServiceAccount" -> V1ServiceAccount.validateJsonElement(manifest);
            case "Secret" -> V1Secret.validateJsonElement(manifest);
            case "Ingress" -> V1Ingress.validateJsonElement(manifest);
            case "NetworkPolicy" -> V1NetworkPolicy.validateJsonElement(manifest);
            case "PodDisruptionBudget" -> V1PodDisruptionBudget.validateJsonElement(manifest);
            case "Pod" -> V1Pod.validateJsonElement(manifest);
            case "ServiceMonitor" ->
                // Not a kind of Kubernetes itself: what the Prometheus operator asks for at least.
                assertThat(manifest.getAsJsonObject().getAsJsonObject("spec").keySet())
                        .contains("selector", "endpoints");
            default -> throw new AssertionError("A kind that nobody checks: " + manifest);
        }
    }
}
