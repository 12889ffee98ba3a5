// What a page or a server written in JavaScript does with objects: bodies of every kind, streams of unknown length, parts.
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import {
  CopyObjectCommand, CreateBucketCommand, DeleteObjectsCommand, GetObjectCommand, HeadObjectCommand,
  ListObjectsV2Command, PutObjectCommand, S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

const s3 = new S3Client({
  endpoint: process.argv[2], region: "us-east-1", forcePathStyle: true,
  credentials: { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY },
});
const Bucket = "javascript";
const read = async (Key, Range) => {
  const answer = await s3.send(new GetObjectCommand({ Bucket, Key, Range }));
  return Buffer.from(await answer.Body.transformToByteArray());
};

await s3.send(new CreateBucketCommand({ Bucket }));
await s3.send(new PutObjectCommand({ Bucket, Key: "a b/ü+%", Body: "hello", Metadata: { colour: "blue" } }));
assert.equal((await read("a b/ü+%")).toString(), "hello");
assert.deepEqual((await s3.send(new HeadObjectCommand({ Bucket, Key: "a b/ü+%" }))).Metadata, { colour: "blue" });

const pieces = [Buffer.alloc(70_000, 1), Buffer.alloc(3, 2)];
await s3.send(new PutObjectCommand({ Bucket, Key: "stream", Body: Readable.from(pieces), ContentLength: 70_003 }));
assert.deepEqual(await read("stream"), Buffer.concat(pieces));

const large = Buffer.from(Array.from({ length: 1 << 16 }, (_, i) => i * 31)).toString("hex").repeat(96);
function* slices() {
  for (let at = 0; at < large.length; at += 65_536) yield Buffer.from(large.slice(at, at + 65_536));
}
await new Upload({ client: s3, params: { Bucket, Key: "large", Body: Readable.from(slices()) } }).done();
assert.equal((await read("large")).toString(), large);
assert.equal((await read("large", "bytes=6000000-6000009")).toString(), large.slice(6_000_000, 6_000_010));

await s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/${encodeURIComponent("a b/ü+%")}` }));
assert.equal((await read("copy")).toString(), "hello");
const listed = (await s3.send(new ListObjectsV2Command({ Bucket }))).Contents;
assert.deepEqual(listed.map(({ Key }) => Key), ["a b/ü+%", "copy", "large", "stream"]);
await assert.rejects(read("missing"), { name: "NoSuchKey" });
const gone = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: listed.map(({ Key }) => ({ Key })) } }));
assert.equal(gone.Deleted.length, 4);
