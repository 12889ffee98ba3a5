package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.s3.xml.XmlElement;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.access.AccessControl;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.Namespace;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which key encrypts what a request writes and opens what it reads: a customer's own, one of the server's, or none. The keys of the
 * server are made of its master key: one for {@code AES256}, and one for each key id of {@code aws:kms}. Thread-safe.
 */
public final class Encryption {

    static final String HEADER = "x-amz-server-side-encryption";
    static final String KEY_ID_HEADER = "x-amz-server-side-encryption-aws-kms-key-id";
    static final String AES = "AES256";
    static final String KMS = "aws:kms";

    private static final String SETTING = Attributes.SETTING + "encryption";

    /** There if clients may not encrypt with keys of their own. */
    private static final String BLOCKED = Attributes.SETTING + "encryption-blocked";

    private static final String OF_CUSTOMER = "SSE-C";
    private static final Set<String> BLOCKABLE = Set.of(OF_CUSTOMER, "NONE");
    private static final int DOCUMENT_BYTES_MAX = 64 * 1024;
    private static final int KEY_ID_LENGTH_MAX = 256;

    private final Namespace namespace;
    private final AccessControl access;

    public Encryption(Namespace namespace, AccessControl access) {
        this.namespace = namespace;
        this.access = access;
    }

    /**
     * The key for what a request writes: what its headers ask for, else what its bucket gives by itself.
     *
     * @throws S3Exception if its headers contradict each other
     */
    Optional<ContentKey> forWrite(Call call) {
        Headers headers = call.headers();
        checkHeaders(headers);
        Optional<ContentKey> ofCustomer = ContentKey.of(headers);
        if (ofCustomer.isPresent()) {
            if (setting(call.bucket(), BLOCKED).isPresent()) {
                throw new S3Exception(S3Error.ACCESS_DENIED, "Keys of customers are blocked in this bucket.");
            }
            return ofCustomer;
        }
        Optional<String> method = headers.find(HEADER)
                .filter(name -> !name.isEmpty())
                .map(name -> method(name, headers.get(KEY_ID_HEADER)))
                .or(() -> setting(call.bucket(), SETTING));
        return method.map(this::serverKey);
    }

    /**
     * The key that opens an object, checked.
     *
     * @param given the customer's key that the request sends
     * @return empty if the object is not encrypted
     * @throws S3Exception if the key is missing, another, or not wanted
     */
    Optional<ContentKey> forRead(Entry entry, Optional<ContentKey> given) {
        Optional<Sealing> sealing = Sealing.of(entry.attributes());
        Optional<String> method = sealing.map(Sealing::method).filter(name -> !name.isEmpty());
        boolean wrongKind = given.isPresent() && (sealing.isEmpty() || method.isPresent());
        if (wrongKind) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST, "The encryption parameters are not applicable to this object.");
        }
        if (method.isPresent()) {
            return Optional.of(opened(sealing.get(), method.get()));
        }
        if (sealing.isPresent() && given.isEmpty()) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST,
                    "The object was stored using a form of Server Side Encryption. The correct parameters must be"
                            + " provided to retrieve the object.");
        }
        if (sealing.isPresent() && !sealing.get().isOf(given.orElseThrow())) {
            throw new S3Exception(S3Error.INVALID_REQUEST, "The key is not the one the object was stored with.");
        }
        return given;
    }

    /** The same for a read, which tells the client about the key. */
    Optional<ContentKey> forRead(Call call, Entry entry) {
        Optional<ContentKey> key = forRead(entry, ContentKey.of(call.headers()));
        key.ifPresent(known -> known.tell(call.response()));
        return key;
    }

    /**
     * The key of a part, which must be that of its upload.
     *
     * @param begun how the upload is encrypted, if it is
     */
    Optional<ContentKey> forPart(Call call, Optional<Sealing> begun) {
        Optional<ContentKey> given = ContentKey.of(call.headers());
        Optional<String> method = begun.map(Sealing::method).filter(name -> !name.isEmpty());
        if (method.isPresent() && given.isEmpty()) {
            return Optional.of(opened(begun.get(), method.get()));
        }
        if (given.isPresent() != begun.isPresent()
                || (given.isPresent() && (method.isPresent() || !begun.get().isOf(given.get())))) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST,
                    "The multipart upload initiate requested encryption. Subsequent part requests must include the"
                            + " appropriate encryption parameters.");
        }
        return given;
    }

    private ContentKey opened(Sealing sealing, String method) {
        ContentKey key = serverKey(method);
        if (!sealing.isOf(key)) {
            throw new S3Exception(
                    S3Error.INTERNAL_ERROR, "The object was encrypted under another master key than the server has.");
        }
        return key;
    }

    private ContentKey serverKey(String method) {
        return ContentKey.ofServer(access.deriveKey("varve s3 content " + method), method);
    }

    // ---- headers

    private static void checkHeaders(Headers headers) {
        String method = headers.get(HEADER);
        boolean ofCustomer = !headers.withPrefix(ContentKey.PREFIX).isEmpty();
        if (!method.isEmpty() && ofCustomer) {
            throw S3Exception.invalidArgument(
                    HEADER, method, "Server Side Encryption with a customer's key and another are not for one object.");
        }
        if (headers.has(KEY_ID_HEADER) && !method.startsWith(KMS)) {
            throw S3Exception.invalidArgument(HEADER, method, "A key's id is only for the encryption method aws:kms.");
        }
    }

    /** Refuses to read something by a method of encryption: that is for the object to know (API reference, "GetObject"). */
    static void refuseToRead(Headers headers) {
        for (String name : List.of(HEADER, KEY_ID_HEADER)) {
            headers.find(name).ifPresent(value -> {
                throw S3Exception.invalidArgument(name, value, "The header '" + name + "' is not for reading.");
            });
        }
    }

    /** The method as it is kept: its name and, after a space, the id of its key. */
    private static String method(String name, String keyId) {
        if (name.equals(AES)) {
            return name;
        }
        if (!name.equals(KMS)) {
            throw name.startsWith("aws:")
                    ? new S3Exception(S3Error.NOT_IMPLEMENTED, "Only AES256 and aws:kms are implemented.")
                    : S3Exception.invalidArgument(HEADER, name, "The encryption method specified is not supported");
        }
        if (keyId.isEmpty() || keyId.length() > KEY_ID_LENGTH_MAX) {
            throw S3Exception.invalidArgument(
                    KEY_ID_HEADER, keyId, "Here aws:kms needs the id of a key, of up to 256 characters.");
        }
        return KMS + " " + keyId;
    }

    // ---- what a bucket gives by itself

    private Optional<String> setting(String bucket, String name) {
        return namespace.findBucket(bucket).map(Bucket::settings).flatMap(kept -> kept.get(name));
    }

    /** GetBucketEncryption. */
    public void get(Call call) throws IOException {
        requireBucket(call);
        Optional<String> method = setting(call.bucket(), SETTING);
        boolean blocked = setting(call.bucket(), BLOCKED).isPresent();
        if (method.isEmpty() && !blocked) {
            throw new S3Exception(S3Error.SSE_CONFIGURATION_NOT_FOUND);
        }
        XmlWriter xml = XmlWriter.document("ServerSideEncryptionConfiguration").open("Rule");
        method.ifPresent(text -> writeDefault(xml, text));
        if (blocked) {
            xml.open("BlockedEncryptionTypes")
                    .text("EncryptionType", OF_CUSTOMER)
                    .close("BlockedEncryptionTypes");
        }
        call.answer(xml.text("BucketKeyEnabled", false).close("Rule"));
    }

    private static void writeDefault(XmlWriter xml, String method) {
        int space = method.indexOf(' ');
        xml.open("ApplyServerSideEncryptionByDefault")
                .text("SSEAlgorithm", space < 0 ? method : method.substring(0, space));
        if (space >= 0) {
            xml.text("KMSMasterKeyID", method.substring(space + 1));
        }
        xml.close("ApplyServerSideEncryptionByDefault");
    }

    /** PutBucketEncryption: for what is written from then on. */
    public void put(Call call) {
        List<XmlElement> rules = XmlElement.parse(
                        call.body().readAll(DOCUMENT_BYTES_MAX), "ServerSideEncryptionConfiguration")
                .children("Rule");
        if (rules.size() != 1) {
            throw new S3Exception(S3Error.MALFORMED_XML);
        }
        XmlElement rule = rules.getFirst();
        Optional<String> method = rule.children("ApplyServerSideEncryptionByDefault").stream()
                .findFirst()
                .map(Encryption::method);
        List<String> blocked = rule.children("BlockedEncryptionTypes").stream()
                .flatMap(types -> types.children("EncryptionType").stream())
                .map(type -> type.text().strip())
                .toList();
        if (!BLOCKABLE.containsAll(blocked) || (method.isEmpty() && blocked.isEmpty())) {
            throw new S3Exception(S3Error.MALFORMED_XML);
        }
        namespace.changeBucketSettings(call.bucket(), kept -> {
            Attributes changed = method.isPresent() ? kept.with(SETTING, method.get()) : kept.without(SETTING);
            return blocked.contains(OF_CUSTOMER) ? changed.with(BLOCKED, OF_CUSTOMER) : changed.without(BLOCKED);
        });
        call.answer(HttpServletResponse.SC_OK);
    }

    private static String method(XmlElement given) {
        String name = given.childText("SSEAlgorithm").map(String::strip).orElse("");
        String keyId = given.childText("KMSMasterKeyID").map(String::strip).orElse("");
        if (!(name.equals(AES) || name.startsWith("aws:")) || (name.equals(AES) && !keyId.isEmpty())) {
            throw new S3Exception(S3Error.MALFORMED_XML);
        }
        return method(name, keyId);
    }

    /** DeleteBucketEncryption: no error if there is none. */
    public void delete(Call call) {
        namespace.changeBucketSettings(
                call.bucket(), kept -> kept.without(SETTING).without(BLOCKED));
        call.answer(HttpServletResponse.SC_NO_CONTENT);
    }

    private void requireBucket(Call call) {
        if (namespace.findBucket(call.bucket()).isEmpty()) {
            throw new S3Exception(S3Error.NO_SUCH_BUCKET);
        }
    }
}
