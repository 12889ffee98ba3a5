package io.varve.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.namespace.RetentionPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsReaderTest {

    @TempDir
    private Path directory;

    private LoadedSettings read(Map<String, String> environment, String... flags) throws SettingsException {
        return SettingsReader.read(List.of(flags), environment, directory);
    }

    private Path write(String name, String... lines) throws IOException {
        return Files.write(directory.resolve(name), List.of(lines));
    }

    private void assertRefused(Map<String, String> environment, List<String> flags, String... parts) {
        assertThatThrownBy(() -> SettingsReader.read(flags, environment, directory))
                .isInstanceOf(SettingsException.class)
                .message()
                .contains(parts);
    }

    @Test
    void nothingSaidGivesTheDefaults() throws SettingsException {
        LoadedSettings loaded = read(Map.of());

        VarveSettings settings = loaded.settings();
        assertThat(loaded.warnings()).isEmpty();
        assertThat(settings.dataDir()).isEqualTo(directory.resolve("data"));
        assertThat(settings.bind()).isEqualTo("127.0.0.1");
        assertThat(settings.port()).isEqualTo(8080);
        assertThat(settings.s3())
                .isEqualTo(new VarveSettings.S3(
                        9000,
                        "",
                        "s3-website.localhost",
                        "us-east-1",
                        Duration.ofDays(7),
                        Duration.ofDays(1),
                        0,
                        true,
                        Optional.empty(),
                        new Secret("")));
        assertThat(settings.root()).isEqualTo(new VarveSettings.Root("", new Secret("")));
        assertThat(settings.store().history()).isEqualTo(RetentionPolicy.of(Duration.ofDays(30)));
        assertThat(settings.metrics().login()).isFalse();
    }

    @Test
    void flagsWinOverTheEnvironmentAndThatOverTheFile() throws Exception {
        write("varve.yml", "varve:", "  port: 1001", "  bind: 127.0.0.3", "  s3.port: 1002", "  s3:", "    region: x");
        Map<String, String> environment = Map.of("VARVE_PORT", "2001", "VARVE_S3_PORT", "2002");

        LoadedSettings loaded = read(environment, "--varve.port=3001");

        assertThat(loaded.settings().port()).isEqualTo(3001);
        assertThat(loaded.settings().s3())
                .isEqualTo(new VarveSettings.S3(
                        2002,
                        "",
                        "s3-website.localhost",
                        "x",
                        Duration.ofDays(7),
                        Duration.ofDays(1),
                        0,
                        true,
                        Optional.empty(),
                        new Secret("")));
        assertThat(loaded.settings().bind()).isEqualTo("127.0.0.3");
        assertThat(loaded.effective())
                .contains(
                        new LoadedSettings.Effective("varve.port", "3001", "--varve.port", false),
                        new LoadedSettings.Effective("varve.s3.port", "2002", "VARVE_S3_PORT", false),
                        new LoadedSettings.Effective(
                                "varve.bind", "127.0.0.3", directory.resolve("varve.yml") + " line 3", false),
                        new LoadedSettings.Effective("varve.store.history", "30d", "default", true));
    }

    @Test
    void everyFixedNameOfTheEnvironmentIsRead() throws Exception {
        Path file = write("elsewhere.yml", "varve.metrics.login: true");
        VarveSettings settings = read(Map.of(
                        "VARVE_DATA_DIR", "store",
                        "VARVE_PORT", "1",
                        "VARVE_S3_PORT", "2",
                        "VARVE_BIND", "0.0.0.0",
                        "VARVE_ROOT_USER", "ada",
                        "VARVE_ROOT_PASSWORD", "lovelace",
                        "VARVE_CONFIG", file.toString()))
                .settings();

        assertThat(settings.dataDir()).isEqualTo(directory.resolve("store"));
        assertThat(List.of(settings.port(), settings.s3().port())).containsExactly(1, 2);
        assertThat(settings.bind()).isEqualTo("0.0.0.0");
        assertThat(settings.root()).isEqualTo(new VarveSettings.Root("ada", new Secret("lovelace")));
        assertThat(settings.metrics().login()).isTrue();
    }

    @Test
    void aFlagMayStandApartFromItsValueAndWithoutThePrefix() throws SettingsException {
        assertThat(read(Map.of(), "--data-dir", "/srv/x").settings().dataDir()).isEqualTo(Path.of("/srv/x"));
    }

    @Test
    void aSecretIsNeverShown() throws SettingsException {
        LoadedSettings loaded = read(Map.of("VARVE_ROOT_USER", "ada", "VARVE_ROOT_PASSWORD", "lovelace"));

        assertThat(loaded.toString()).doesNotContain("lovelace");
    }

    @Test
    void anUnknownKeyStopsTheStartAndNamesTheNearest() throws IOException {
        assertRefused(Map.of(), List.of("--prot=1"), "--prot is not a setting", "the nearest is --port");
        assertRefused(Map.of(), List.of("--varve.s3.prt=1"), "the nearest is --s3.port");

        write("varve.yml", "varve:", "  bind: 127.0.0.1", "  store.histroy: 3d");
        assertRefused(
                Map.of(), List.of(), "varve.yml line 3", "varve.store.histroy is not a setting", "varve.store.history");
    }

    @ParameterizedTest
    @CsvSource({
        "--port=eighty, a port",
        "--port=65536, a port",
        "--port=-1, a port",
        "--store.history=never, none",
        "--store.history=0s, none",
        "--store.free-space-reserve=1.3, a size",
        "--store.free-space-reserve=9999999999TiB, a size",
        "--store.chunking=tiny, one of default",
        "--metrics.login=yes, true or false",
        "--http.idle-timeout=30, a time",
        "--http.header-size-max=1, a size from",
        "--data-dir=, a path",
        "--bind=224.0.0.1, an address",
        "--port, needs a value",
        "port=1, --key=value",
    })
    void aBadValueStopsTheStartAndSaysWhatWouldBeGood(String flag, String message) {
        assertRefused(Map.of(), List.of(flag), message);
    }

    @Test
    void allMistakesAreToldAtOnce() {
        assertRefused(
                Map.of("VARVE_S3_PORT", "b"),
                List.of("--port=a", "--nonsense=1"),
                "--port: 'a' is not a port",
                "VARVE_S3_PORT: 'b' is not a port",
                "--nonsense is not a setting");
    }

    @Test
    void settingsThatDoNotFitTogetherStopTheStart() {
        assertRefused(Map.of(), List.of("--port=9000"), "varve.port and varve.s3.port");
        assertRefused(Map.of("VARVE_ROOT_USER", "ada"), List.of(), "varve.root.password is missing");
        assertRefused(Map.of("VARVE_ROOT_PASSWORD", "x"), List.of(), "varve.root.user is missing");
    }

    @Test
    void anUnknownNameInTheEnvironmentOnlyWarns() throws SettingsException {
        LoadedSettings loaded = read(
                Map.of("VARVE_PROT", "1", "VARVE_SERVICE_HOST", "10.0.0.1", "VARVE_JAVA_OPTS", "-Xmx1g", "HOME", "/"));

        assertThat(loaded.warnings()).hasSize(2).anyMatch(w -> w.contains("VARVE_PROT") && w.contains("VARVE_PORT"));
    }

    @Test
    void portsFromKubernetesAreIgnoredWithAWarning() throws SettingsException {
        LoadedSettings loaded = read(Map.of("VARVE_PORT", "tcp://10.0.0.1:8080"));

        assertThat(loaded.settings().port()).isEqualTo(8080);
        assertThat(loaded.warnings()).singleElement().asString().contains("enableServiceLinks");
    }

    @Test
    void aFileThatIsNoneIsRefusedWithItsLine() throws IOException {
        assertRefused(Map.of("VARVE_CONFIG", "none.yml"), List.of(), "none.yml", "no such file");

        write("varve.yml", "varve:", "  port: [1, 2]");
        assertRefused(Map.of(), List.of(), "line 2", "varve.port needs a single value");
        write("varve.yml", "varve: {port: 1", "bind: x");
        assertRefused(Map.of(), List.of(), "line 2", "is not YAML");
        write("varve.yml", "varve.port: 1", "varve:", "  port: 2");
        assertRefused(Map.of(), List.of(), "line 3", "set before");
        write("varve.yml", "varve: &loop", "  port: *loop");
        assertRefused(Map.of(), List.of(), "varve.yml");
        write("varve.yml", "- one");
        assertRefused(Map.of(), List.of(), "must hold keys");
    }

    @Test
    void anEmptyFileIsNoMistake() throws Exception {
        write("varve.yml", "# nothing yet");

        assertThat(read(Map.of()).settings().port()).isEqualTo(8080);
    }
}
