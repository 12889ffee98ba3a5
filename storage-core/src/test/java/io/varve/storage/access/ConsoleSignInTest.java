package io.varve.storage.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.StoreFixture;
import io.varve.storage.access.AccessControl.Authentication;
import io.varve.storage.access.AccessControl.Credential;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.AccessControl.Role;
import io.varve.storage.access.AccessControl.UserAdded;
import io.varve.storage.access.AccountRecords.UserRecord;
import io.varve.storage.access.Argon2id.Cost;
import io.varve.storage.access.ConsoleSignIn.Outcome;
import io.varve.storage.access.LoginThrottle.Way;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.metadata.Family;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users whose password is for the console alone, with hashes that cost little. */
class ConsoleSignInTest {
    private static final String PASSWORD = "correct horse";
    private static final String HERE = "192.0.2.7";
    private static final Cost CHEAP = new Cost(64, 1, 1);
    private static final Principal VERA = new Principal("vera", Role.USER);

    @TempDir
    private Path keys;

    private final MemoryDeviceDirectory journal = new MemoryDeviceDirectory();
    private final MemoryDeviceDirectory segments = new MemoryDeviceDirectory();
    private StoreFixture store;
    private AccessControl access;

    @BeforeEach
    void open() throws IOException {
        open(CHEAP);
    }

    /** Opens what the journal has, with nothing else left of the metadata. */
    private void open(Cost cost) throws IOException {
        store = new StoreFixture(journal, segments, true, Instant.parse("2026-11-21T10:00:00Z"));
        access = AccessControl.open(store.committer(), keys, "root", "root password", cost);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private void addVera() throws IOException {
        assertThat(access.addUser("vera", PASSWORD, Role.USER, PasswordUse.CONSOLE))
                .isEqualTo(new UserAdded.Added(VERA));
    }

    private Outcome signIn(String name, String password) throws IOException {
        return access.signIn().attempt(name, password, HERE);
    }

    private static Outcome granted(Principal principal) {
        return new Outcome.Granted(principal);
    }

    private StoredPassword stored(String name) throws IOException {
        byte[] record = Objects.requireNonNull(store.committer().view().get(Family.USERS, AccountRecords.bytes(name)));
        return UserRecord.decode(record).unseal(MasterKey.open(keys), name);
    }

    private PasswordHash hash(String name) throws IOException {
        return ((StoredPassword.Hashed) stored(name)).hash();
    }

    @Test
    void signsInAndOpensNothingElse() throws IOException {
        addVera();
        assertThat(signIn("vera", PASSWORD)).isEqualTo(granted(VERA));
        assertThat(access.authenticate("vera", PASSWORD)).isEqualTo(new Authentication.Denied());
        assertThat(access.authenticateKey("vera", PASSWORD)).isEqualTo(new Authentication.Denied());
        assertThat(access.credential("vera")).isEmpty();
        assertThat(access.users()).contains(VERA);
        assertThat(access.isUser("vera")).isTrue();
        assertThat(access.passwordUse("vera")).isEqualTo(PasswordUse.CONSOLE);
        assertThat(access.passwordUse("root")).isEqualTo(PasswordUse.EVERY_DOOR);
        assertThat(signIn("vera", "correct hors")).isEqualTo(new Outcome.Denied());
        assertThat(signIn("Vera", PASSWORD)).isEqualTo(new Outcome.Denied());
        assertThat(signIn("root", PASSWORD)).isEqualTo(new Outcome.Denied());
        assertThat(signIn("root", "root password")).isEqualTo(granted(new Principal("root", Role.ADMIN)));
    }

    @Test
    void theHashIsAllThatIsKeptAndItIsNoPassword() throws IOException {
        addVera();
        String text = hash("vera").toString();
        assertThat(text).startsWith("$argon2id$v=19$m=64,t=1,p=1$");
        assertThat(stored("vera").toString()).isEqualTo("Hashed[]");
        assertThat(signIn("vera", text)).isEqualTo(new Outcome.Denied());
        assertThat(access.authenticate("vera", text)).isEqualTo(new Authentication.Denied());
    }

    @Test
    void keyPairsAreForPrograms() throws IOException {
        addVera();
        Credential pair = access.addKey("vera").orElseThrow();
        assertThat(access.credential(pair.accessKeyId())).hasValue(pair);
        assertThat(access.authenticateKey(pair.accessKeyId(), pair.secret()))
                .isEqualTo(new Authentication.Granted(VERA));
        assertThat(access.authenticateKey(pair.accessKeyId(), PASSWORD)).isEqualTo(new Authentication.Denied());
        assertThat(access.authenticateKey("vera", pair.secret())).isEqualTo(new Authentication.Denied());
        assertThat(access.authenticate(pair.accessKeyId(), pair.secret())).isEqualTo(new Authentication.Denied());
        assertThat(signIn(pair.accessKeyId(), pair.secret())).isEqualTo(new Outcome.Denied());
        assertThat(access.keys("vera")).containsExactly(pair.accessKeyId());
    }

    @Test
    void isThereAfterAJournalWasReplayed() throws IOException {
        addVera();
        Credential pair = access.addKey("vera").orElseThrow();
        close();
        open();
        assertThat(access.passwordUse("vera")).isEqualTo(PasswordUse.CONSOLE);
        assertThat(signIn("vera", PASSWORD)).isEqualTo(granted(VERA));
        assertThat(access.credential("vera")).isEmpty();
        assertThat(access.credential(pair.accessKeyId())).hasValue(pair);
    }

    @Test
    void aRoleChangesWithoutThePassword() throws IOException {
        addVera();
        PasswordHash before = hash("vera");
        assertThat(access.changeUser("vera", Optional.empty(), Optional.of(Role.READONLY), Optional.empty()))
                .isEmpty();
        assertThat(hash("vera").isSameAs(before)).isTrue();
        assertThat(signIn("vera", PASSWORD)).isEqualTo(granted(new Principal("vera", Role.READONLY)));
        assertThat(access.changeUser("vera", Optional.of("another password"), Optional.empty(), Optional.empty()))
                .isEmpty();
        assertThat(access.passwordUse("vera")).isEqualTo(PasswordUse.CONSOLE);
        assertThat(signIn("vera", PASSWORD)).isEqualTo(new Outcome.Denied());
        assertThat(signIn("vera", "another password")).isInstanceOf(Outcome.Granted.class);
    }

    @Test
    void anotherUseNeedsAnotherPassword() throws IOException {
        access.addUser("vera", PASSWORD, Role.USER);
        Optional<PasswordUse> console = Optional.of(PasswordUse.CONSOLE);
        Optional<PasswordUse> everyDoor = Optional.of(PasswordUse.EVERY_DOOR);
        for (Optional<String> password : List.of(Optional.<String>empty(), Optional.of(PASSWORD))) {
            assertThat(access.changeUser("vera", password, Optional.empty(), console))
                    .hasValueSatisfying(problem -> assertThat(problem).contains("choose a new one"));
        }
        assertThat(access.authenticate("vera", PASSWORD)).isEqualTo(new Authentication.Granted(VERA));
        assertThat(access.changeUser("vera", Optional.of("second password"), Optional.empty(), console))
                .isEmpty();
        assertThat(access.authenticate("vera", "second password")).isEqualTo(new Authentication.Denied());
        assertThat(signIn("vera", "second password")).isEqualTo(granted(VERA));
        assertThat(access.changeUser("vera", Optional.empty(), Optional.of(Role.ADMIN), console))
                .isEmpty();
        assertThat(access.changeUser("vera", Optional.of("second password"), Optional.empty(), everyDoor))
                .isPresent();
        assertThat(access.changeUser("vera", Optional.of("third password"), Optional.empty(), everyDoor))
                .isEmpty();
        assertThat(access.authenticate("vera", "third password")).isInstanceOf(Authentication.Granted.class);
        assertThat(stored("vera")).isInstanceOf(StoredPassword.Clear.class);
        assertThat(access.changeUser("root", Optional.of("other password"), Optional.empty(), console))
                .isPresent();
    }

    @Test
    void aHashThatCostsLessThanNewOnesIsMadeAnewAtASignIn() throws IOException {
        addVera();
        PasswordHash before = hash("vera");
        close();
        Cost raised = new Cost(128, 2, 1);
        open(raised);
        assertThat(signIn("vera", "correct hors")).isEqualTo(new Outcome.Denied());
        assertThat(hash("vera").isSameAs(before)).isTrue();
        assertThat(signIn("vera", PASSWORD)).isEqualTo(granted(VERA));
        PasswordHash after = hash("vera");
        assertThat(after.cost()).isEqualTo(raised);
        assertThat(signIn("vera", PASSWORD)).isEqualTo(granted(VERA));
        assertThat(hash("vera").isSameAs(after)).isTrue();
        close();
        open(CHEAP);
        assertThat(signIn("vera", PASSWORD)).isEqualTo(granted(VERA));
        assertThat(hash("vera").isSameAs(after)).as("never made cheaper").isTrue();
    }

    /** Whosever name it is: else the count would tell. */
    @Test
    void everyWrongSignInCountsAndIsSlowAsSoonAsThereIsAHash() throws IOException {
        for (int i = 0; i < 20; i++) {
            assertThat(access.signIn().attempt("root", PASSWORD, "192.0.2.9"))
                    .as("the same without a hash is one failure")
                    .isEqualTo(new Outcome.Denied());
        }
        addVera();
        for (String name : List.of("vera", "root", "nobody")) {
            for (int i = 0; i < Way.PASSWORD.free(); i++) {
                assertThat(signIn(name, "the same each time")).as(name).isEqualTo(new Outcome.Denied());
            }
            assertThat(signIn(name, PASSWORD)).as(name).isInstanceOf(Outcome.Locked.class);
        }
        assertThat(access.signIn().attempt("vera", PASSWORD, "192.0.2.8")).isEqualTo(granted(VERA));
    }

    @Test
    void aRecordThatIsAnothersOrPromotedOpensNothing() throws IOException {
        addVera();
        access.addUser("walter", "walter's password", Role.ADMIN, PasswordUse.CONSOLE);
        byte[] record =
                Objects.requireNonNull(store.committer().view().get(Family.USERS, AccountRecords.bytes("vera")));
        byte[] promoted = record.clone();
        promoted[1] = 1;
        store.committer().commit(commit -> {
            commit.put(Family.USERS, AccountRecords.bytes("walter"), record);
            commit.put(Family.USERS, AccountRecords.bytes("vera"), promoted);
            return true;
        });
        close();
        open();
        assertThat(signIn("walter", PASSWORD)).isEqualTo(new Outcome.Denied());
        assertThat(signIn("vera", PASSWORD)).isEqualTo(new Outcome.Denied());
        assertThat(access.isUser("vera")).isTrue();
        assertThatThrownBy(() -> stored("vera")).isInstanceOf(CorruptionException.class);
    }
}
