package io.varve.s3;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.operation.Sender;
import io.varve.s3.signature.SignatureVerifier.Credentials;
import io.varve.s3.signature.SignatureVerifier.SecretOf;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.Sessions.Session;
import java.time.InstantSource;
import java.util.Optional;

/**
 * The secrets of users, of their key pairs, and of temporary credentials. To be asked within a {@link LoginAttempt}.
 *
 * @param access knows them
 * @param clock says whether those have ended
 */
record SenderCredentials(AccessControl access, InstantSource clock) implements Credentials<Sender> {

    @Override
    public Optional<SecretOf<Sender>> find(String accessKeyId, String token) {
        LoginAttempt.CURRENT.get().claim(accessKeyId);
        if (token.isEmpty()) {
            return access.credential(accessKeyId)
                    .map(known -> new SecretOf<>(known.secret(), Sender.of(known.principal())));
        }
        Session session = access.sessions()
                .open(token)
                .filter(found -> found.accessKeyId().equals(accessKeyId))
                .orElseThrow(() -> new S3Exception(S3Error.INVALID_TOKEN));
        if (!clock.instant().isBefore(session.expires())) {
            throw new S3Exception(S3Error.EXPIRED_TOKEN);
        }
        return Optional.of(new SecretOf<>(session.secret(), new Sender(session.principal(), Optional.of(session))));
    }
}
