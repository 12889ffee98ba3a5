// Works through the share with npm's "webdav" client: node node-client.mjs MODULES URL USER PASSWORD
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, url, username, password] = process.argv.slice(2);
const resolved = createRequire(modules + "/").resolve("webdav");
const { createClient } = await import(pathToFileURL(resolved));
const client = createClient(url, { username, password });

const compliance = (await client.getDAVCompliance("/")).compliance;
assert.ok(compliance.includes("2") && compliance.includes("sabredav-partialupdate"), String(compliance));

await client.createDirectory("/node-share");
await client.createDirectory("/node-share/one/two", { recursive: true });
assert.equal(await client.exists("/node-share/one/two"), true);
assert.equal(await client.exists("/node-share/none"), false);

const name = "/node-share/one/ä & [b];%.txt";
assert.equal(await client.putFileContents(name, "0123456789"), true);
assert.equal(await client.putFileContents(name, "other", { overwrite: false }), false);
assert.equal(await client.getFileContents(name, { format: "text" }), "0123456789");
await client.partialUpdateFileContents(name, 2, 3, "xx");
assert.equal(await client.getFileContents(name, { format: "text" }), "01xx456789");

const bytes = Buffer.alloc(1_000_000, (index) => index % 251);
await client.putFileContents("/node-share/one/two/bytes.bin", bytes);
assert.ok(bytes.equals(await client.getFileContents("/node-share/one/two/bytes.bin")));
const range = [];
for await (const piece of client.createReadStream("/node-share/one/two/bytes.bin", { range: { start: 10, end: 19 } })) {
  range.push(piece);
}
assert.deepEqual(Buffer.concat(range), bytes.subarray(10, 20));

const stat = await client.stat("/node-share/one/two/bytes.bin");
assert.equal(stat.size, 1_000_000);
assert.equal(stat.type, "file");
assert.ok(stat.etag);
const all = await client.getDirectoryContents("/node-share", { deep: true });
assert.deepEqual(
  all.map((item) => item.filename).sort(),
  ["/node-share/one", name, "/node-share/one/two", "/node-share/one/two/bytes.bin"].sort());

await client.copyFile(name, "/node-share/copied.txt");
await client.moveFile("/node-share/one", "/node-share/moved");
assert.equal(await client.exists("/node-share/one"), false);
assert.equal(await client.getFileContents("/node-share/copied.txt", { format: "text" }), "01xx456789");

const lock = await client.lock("/node-share/copied.txt");
await assert.rejects(client.putFileContents("/node-share/copied.txt", "no"), (error) => error.status === 423);
await client.unlock("/node-share/copied.txt", lock.token);
await client.putFileContents("/node-share/copied.txt", "yes");

// Its own getQuota asks for all properties, of which RFC 4331 does not want the quota to be.
const space = await client.customRequest("/node-share", {
  method: "PROPFIND",
  headers: { Depth: "0" },
  data: "<propfind xmlns='DAV:'><prop><quota-used-bytes/><quota-available-bytes/></prop></propfind>",
});
assert.match(await space.text(), /<D:quota-used-bytes>10000\d\d</);

await client.deleteFile("/node-share/moved");
await client.deleteFile("/node-share/copied.txt");
assert.deepEqual(await client.getDirectoryContents("/node-share"), []);
await client.deleteFile("/node-share");
console.log("worked through");
