package io.varve.storage.access;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.StoreFixture;
import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.access.AccessControl.Authentication;
import io.varve.storage.access.AccessControl.Credential;
import io.varve.storage.access.AccessControl.Decision;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.AccessControl.Role;
import io.varve.storage.access.AccessControl.UserAdded;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessControlTest {
    private static final String PASSWORD = "correct horse";
    private static final Principal ROOT = new Principal("root", Role.ADMIN);
    private static final Principal ALICE = new Principal("alice", Role.USER);

    @TempDir
    private Path keys;

    private final MemoryDeviceDirectory journal = new MemoryDeviceDirectory();
    private final MemoryDeviceDirectory segments = new MemoryDeviceDirectory();
    private StoreFixture store;
    private AccessControl access;

    @BeforeEach
    void open() throws IOException {
        store = new StoreFixture(journal, segments, true, Instant.parse("2026-11-21T10:00:00Z"));
        access = AccessControl.open(store.committer(), keys, "root", "root password");
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void rootIsThereFromTheBeginningAndIsNotStored() throws IOException {
        assertThat(access.authenticate("root", "root password")).isEqualTo(new Authentication.Granted(ROOT));
        assertThat(access.credential("root")).hasValue(new Credential("root", "root password", ROOT));
        assertThat(access.users()).containsExactly(ROOT);
        assertThat(access.root()).isEqualTo(ROOT);
        assertThat(stored(Family.USERS)).isEmpty();
        assertThat(access.addUser("root", PASSWORD, Role.USER)).isInstanceOf(UserAdded.Refused.class);
        assertThat(access.removeUser("root")).isFalse();
    }

    @Test
    void aUserLogsInByNameAndPasswordAndSignsWithBoth() throws IOException {
        assertThat(access.addUser("alice", PASSWORD, Role.USER)).isEqualTo(new UserAdded.Added(ALICE));
        assertThat(access.authenticate("alice", PASSWORD)).isEqualTo(new Authentication.Granted(ALICE));
        assertThat(access.credential("alice")).hasValue(new Credential("alice", PASSWORD, ALICE));
        assertThat(access.users()).containsExactly(ALICE, ROOT);
    }

    @Test
    void everythingElseIsDenied() throws IOException {
        access.addUser("alice", PASSWORD, Role.USER);
        for (String password : List.of("", "correct hors", "correct horse ", "Correct horse", "root password")) {
            assertThat(access.authenticate("alice", password)).isEqualTo(new Authentication.Denied());
        }
        for (String name : List.of("", "bob", "Alice", "alice ", "a".repeat(10_000))) {
            assertThat(access.authenticate(name, PASSWORD)).isEqualTo(new Authentication.Denied());
            assertThat(access.credential(name)).isEmpty();
        }
    }

    @Test
    void aBadNameOrPasswordIsRefusedWithItsRule() throws IOException {
        assertThat(access.addUser("al", PASSWORD, Role.USER))
                .isInstanceOfSatisfying(
                        UserAdded.Refused.class,
                        refused -> assertThat(refused.reason()).contains("3 to 64"));
        assertThat(access.addUser("alice", "short", Role.USER))
                .isInstanceOfSatisfying(
                        UserAdded.Refused.class,
                        refused -> assertThat(refused.reason()).contains("8 to 128"));
        assertThat(access.users()).containsExactly(ROOT);
    }

    @Test
    void aNameIsTakenOnce() throws IOException {
        access.addUser("alice", PASSWORD, Role.USER);
        assertThat(access.addUser("alice", "another password", Role.ADMIN))
                .isInstanceOfSatisfying(
                        UserAdded.Refused.class,
                        refused -> assertThat(refused.reason()).contains("'alice'"));
        assertThat(access.authenticate("alice", PASSWORD)).isEqualTo(new Authentication.Granted(ALICE));
        Credential pair = access.addKey("alice").orElseThrow();
        assertThat(access.addUser(pair.accessKeyId(), PASSWORD, Role.USER)).isInstanceOf(UserAdded.Refused.class);
    }

    @Test
    void keyPairsStandForTheirUserAndGoWithIt() throws IOException {
        access.addUser("alice", PASSWORD, Role.USER);
        Credential first = access.addKey("alice").orElseThrow();
        Credential second = access.addKey("alice").orElseThrow();
        Credential ofRoot = access.addKey("root").orElseThrow();
        assertThat(first.accessKeyId()).matches("VARVE[A-Z2-7]{15}").isNotEqualTo(second.accessKeyId());
        assertThat(first.secret()).matches("[A-Za-z0-9_-]{40}").isNotEqualTo(second.secret());
        assertThat(access.credential(first.accessKeyId())).hasValue(first);
        assertThat(first.principal()).isEqualTo(ALICE);
        assertThat(access.keys("alice")).containsExactlyInAnyOrder(first.accessKeyId(), second.accessKeyId());
        assertThat(access.keys("root")).containsExactly(ofRoot.accessKeyId());
        assertThat(access.addKey("bob")).isEmpty();

        assertThat(access.removeKey(first.accessKeyId())).isTrue();
        assertThat(access.removeKey(first.accessKeyId())).isFalse();
        assertThat(access.removeKey("alice")).isFalse();
        assertThat(access.credential(first.accessKeyId())).isEmpty();

        assertThat(access.removeUser("alice")).isTrue();
        assertThat(access.credential(second.accessKeyId())).isEmpty();
        assertThat(access.credential("alice")).isEmpty();
        assertThat(access.authenticate("alice", PASSWORD)).isEqualTo(new Authentication.Denied());
        assertThat(access.removeUser("alice")).isFalse();
        assertThat(stored(Family.KEYS)).containsExactly(ofRoot.accessKeyId());
        assertThat(stored(Family.USERS)).isEmpty();
    }

    @Test
    void everythingIsThereAfterARestart() throws IOException {
        access.addUser("alice", PASSWORD, Role.USER);
        access.addUser("reader", "another password", Role.READONLY);
        access.addUser("gone", PASSWORD, Role.USER);
        access.removeUser("gone");
        Credential pair = access.addKey("alice").orElseThrow();
        restart("root", "root password");
        assertThat(access.users()).containsExactly(ALICE, new Principal("reader", Role.READONLY), ROOT);
        assertThat(access.authenticate("alice", PASSWORD)).isEqualTo(new Authentication.Granted(ALICE));
        assertThat(access.credential(pair.accessKeyId())).hasValue(pair);
    }

    @Test
    void anotherRootUserAfterARestartHidesAStoredUserOfItsName() throws IOException {
        access.addUser("alice", PASSWORD, Role.READONLY);
        Credential ofRoot = access.addKey("root").orElseThrow();
        restart("alice", "configured password");
        Principal alice = new Principal("alice", Role.ADMIN);
        assertThat(access.users()).containsExactly(alice);
        assertThat(access.authenticate("alice", "configured password")).isEqualTo(new Authentication.Granted(alice));
        assertThat(access.authenticate("alice", PASSWORD)).isEqualTo(new Authentication.Denied());
        assertThat(access.authenticate("root", "root password")).isEqualTo(new Authentication.Denied());
        assertThat(access.credential(ofRoot.accessKeyId()))
                .as("its user is gone")
                .isEmpty();
        restart("root", "root password");
        assertThat(access.authenticate("alice", PASSWORD))
                .isEqualTo(new Authentication.Granted(new Principal("alice", Role.READONLY)));
    }

    @Test
    void noSecretIsStoredInTheClearOrPrinted() throws IOException {
        access.addUser("alice", PASSWORD, Role.USER);
        Credential pair = access.addKey("alice").orElseThrow();
        String everything = "";
        for (Family family : List.of(Family.USERS, Family.KEYS)) {
            try (Cursor cursor = store.metadata().scan(family, new byte[0], null)) {
                while (cursor.next()) {
                    everything += new String(cursor.value(), ISO_8859_1);
                }
            }
        }
        assertThat(everything).isNotEmpty().doesNotContain(PASSWORD, pair.secret());
        assertThat(pair.toString()).contains(pair.accessKeyId()).doesNotContain(pair.secret());
    }

    @Test
    void aTamperedSecretLocksOutItsUserAndNobodyElse() throws IOException {
        access.addUser("alice", PASSWORD, Role.USER);
        access.addUser("bob", PASSWORD, Role.USER);
        Credential pair = access.addKey("bob").orElseThrow();
        tamper(Family.USERS, "alice");
        restart("root", "root password");
        assertThat(access.authenticate("alice", PASSWORD)).isEqualTo(new Authentication.Denied());
        assertThat(access.credential("alice")).isEmpty();
        assertThat(access.users()).contains(ALICE);
        assertThat(access.authenticate("bob", PASSWORD)).isInstanceOf(Authentication.Granted.class);
        assertThat(access.credential(pair.accessKeyId())).isPresent();
        // The way out that the log tells.
        assertThat(access.removeUser("alice")).isTrue();
        assertThat(access.addUser("alice", PASSWORD, Role.USER)).isEqualTo(new UserAdded.Added(ALICE));
        assertThat(access.authenticate("alice", PASSWORD)).isInstanceOf(Authentication.Granted.class);

        tamper(Family.KEYS, pair.accessKeyId());
        restart("root", "root password");
        assertThat(access.credential(pair.accessKeyId())).isEmpty();
        assertThat(access.authenticate("bob", PASSWORD)).isInstanceOf(Authentication.Granted.class);
    }

    @Test
    void aSecretMovedToAnotherUserOrRoleOpensNothing() throws IOException {
        access.addUser("mallory", "mallory's password", Role.USER);
        access.addUser("admin", PASSWORD, Role.ADMIN);
        byte[] record =
                Objects.requireNonNull(store.committer().view().get(Family.USERS, AccountRecords.bytes("mallory")));
        byte[] promoted = record.clone();
        promoted[1] = 1;
        store.committer().commit(commit -> {
            commit.put(Family.USERS, AccountRecords.bytes("admin"), record);
            commit.put(Family.USERS, AccountRecords.bytes("mallory"), promoted);
            return true;
        });
        restart("root", "root password");
        assertThat(access.authenticate("admin", "mallory's password")).isEqualTo(new Authentication.Denied());
        assertThat(access.authenticate("mallory", "mallory's password")).isEqualTo(new Authentication.Denied());
    }

    @Test
    void aLostMasterKeyLocksOutStoredUsersUntilItIsBack() throws IOException {
        access.addUser("alice", PASSWORD, Role.USER);
        Path file = keys.resolve(MasterKey.FILE);
        Path backup = keys.resolve("backup");
        Files.move(file, backup);
        restart("root", "root password");
        assertThat(access.authenticate("alice", PASSWORD)).isEqualTo(new Authentication.Denied());
        assertThat(access.authenticate("root", "root password")).isInstanceOf(Authentication.Granted.class);
        Files.delete(file);
        Files.move(backup, file);
        restart("root", "root password");
        assertThat(access.authenticate("alice", PASSWORD)).isInstanceOf(Authentication.Granted.class);
    }

    @Test
    void aRecordThatIsNoneIsCorruption() throws IOException {
        store.committer().commit(commit -> {
            commit.put(Family.USERS, AccountRecords.bytes("alice"), new byte[] {77});
            return true;
        });
        assertThatThrownBy(() -> AccessControl.open(store.committer(), keys, "root", "root password"))
                .isInstanceOf(CorruptionException.class);
    }

    @Test
    void rolesDecide() throws IOException {
        access.addUser("alice", PASSWORD, Role.USER);
        access.addUser("reader", PASSWORD, Role.READONLY);
        assertThat(allowed(ROOT)).isEqualTo(EnumSet.allOf(Action.class));
        assertThat(allowed(ALICE)).isEqualTo(EnumSet.complementOf(EnumSet.of(Action.ADMINISTER)));
        assertThat(allowed(new Principal("reader", Role.READONLY)))
                .contains(Action.READ, Action.LIST)
                .doesNotContain(Action.WRITE, Action.DELETE, Action.CREATE_BUCKET, Action.WRITE_POLICY);
        assertThat(allowed(new Principal("nobody", Role.ADMIN))).isEmpty();
    }

    @Test
    void decisionsGoByTheRightsOfNow() throws IOException {
        access.addUser("alice", PASSWORD, Role.ADMIN);
        Principal loggedIn = new Principal("alice", Role.ADMIN);
        assertThat(access.decide(loggedIn, Action.ADMINISTER, "", "")).isEqualTo(Decision.ALLOWED);
        access.removeUser("alice");
        assertThat(access.decide(loggedIn, Action.READ, "photos", "a.jpg")).isEqualTo(Decision.DENIED);
        access.addUser("alice", PASSWORD, Role.READONLY);
        assertThat(access.decide(loggedIn, Action.WRITE, "photos", "a.jpg")).isEqualTo(Decision.DENIED);
        assertThat(access.decide(loggedIn, Action.READ, "photos", "a.jpg")).isEqualTo(Decision.ALLOWED);
    }

    @Test
    void ofManyWhoTakeTheSameNameOneGetsIt() throws Exception {
        List<Thread> threads = new ArrayList<>();
        List<String> winners = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            String password = "password " + i;
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    if (access.addUser("alice", password, Role.USER) instanceof UserAdded.Added) {
                        synchronized (winners) {
                            winners.add(password);
                        }
                    }
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(winners).hasSize(1);
        assertThat(access.authenticate("alice", winners.getFirst())).isEqualTo(new Authentication.Granted(ALICE));
    }

    private Set<Action> allowed(Principal principal) {
        Set<Action> allowed = EnumSet.noneOf(Action.class);
        for (Action action : Action.values()) {
            if (access.decide(principal, action, "bucket", "key") == Decision.ALLOWED) {
                allowed.add(action);
            }
        }
        return allowed;
    }

    private void restart(String rootName, String rootPassword) throws IOException {
        store.close();
        store = new StoreFixture(journal, segments, true, Instant.parse("2026-11-22T10:00:00Z"));
        access = AccessControl.open(store.committer(), keys, rootName, rootPassword);
    }

    private void tamper(Family family, String name) throws IOException {
        byte[] key = AccountRecords.bytes(name);
        store.committer().commit(commit -> {
            byte[] record = Objects.requireNonNull(commit.get(family, key));
            byte[] changed = record.clone();
            changed[changed.length - 1] ^= 1;
            commit.put(family, key, changed);
            return true;
        });
    }

    private List<String> stored(Family family) throws IOException {
        List<String> names = new ArrayList<>();
        try (Cursor cursor = store.metadata().scan(family, new byte[0], null)) {
            while (cursor.next()) {
                names.add(AccountRecords.name(cursor.key()));
            }
        }
        return names;
    }

    @Test
    void temporaryCredentialsEndWithTheirUserWhoeverGetsTheName() throws IOException {
        access.addUser("alice", PASSWORD, Role.USER);
        Instant later = Instant.parse("2030-01-01T00:00:00Z");
        String token = access.sessions().issue(ALICE, later, "").token();
        String roots = access.sessions().issue(ROOT, later, "").token();
        access.changeUser("alice", Optional.of("another password"), Optional.of(Role.READONLY), Optional.empty());
        close();
        open();
        assertThat(access.sessions().open(token).orElseThrow().principal())
                .isEqualTo(new Principal("alice", Role.READONLY));
        access.removeUser("alice");
        assertThat(access.sessions().open(token)).isEmpty();
        access.addUser("alice", "another password", Role.READONLY);
        assertThat(access.sessions().open(token)).isEmpty();
        assertThat(access.sessions().open(roots).orElseThrow().principal()).isEqualTo(ROOT);
    }
}
