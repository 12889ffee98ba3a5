import { h, el, get, t, useLoad, useState, state } from '../core.js';
import { Button, Code, Loaded, Page, Panel, useId } from '../ui.js';

export default function Connect() {
  const loaded = useLoad((signal) => get('/server', { signal }), []);
  return h(Page, { title: t('nav.connect'), lead: t('connect.lead') }, h(Loaded, { of: loaded }, (server) => [
    h(Panel, { title: t('addresses') }, el.dl({ class: 'facts addresses' }, [['WebDAV', server.web + '/dav/'], ['S3', server.s3], [t('region'), server.region], ['REST', server.web + '/api/v1/'], ['Prometheus', server.web + '/metrics/storage-v2'], ...(state.session.consoleOnly ? [] : [[t('userAndKey'), state.session.user]])]
      .map(([name, value]) => el.div(null, el.dt(null, name), el.dd(null, el.code(null, value)))))),
    state.session.consoleOnly && el.p({ class: 'note' }, t('connect.pair')),
    h(Clients, { clients: clients(server, state.session) })]));
}

function Clients({ clients: all }) {
  const [at, setAt] = useState(0);
  const id = useId();
  const keys = (e) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step) { e.preventDefault(); const to = (at + step + all.length) % all.length; setAt(to); document.getElementById(id + to).focus(); }
  };
  return h(Panel, { class: 'clients' }, el.div({ role: 'tablist', 'aria-label': t('clients'), class: 'tabs', onKeyDown: keys }, all.map((client, i) =>
    el.button({ type: 'button', role: 'tab', id: id + i, 'aria-selected': i === at ? 'true' : 'false', 'aria-controls': id + 'panel', tabIndex: i === at ? 0 : -1, onClick: () => setAt(i) }, client.name))),
  el.div({ role: 'tabpanel', id: id + 'panel', 'aria-labelledby': id + at, class: 'pad' }, all[at].text && el.p(null, all[at].text), all[at].code && h(Code, { text: all[at].code, label: all[at].name }), all[at].note && el.p({ class: 'muted' }, all[at].note)));
}

function clients({ web, s3, region }, session) {
  // A password for the console alone is no program's: those take a key pair.
  const user = session.consoleOnly ? 'ACCESSKEY' : session.user;
  const password = session.consoleOnly ? 'SECRET' : 'PASSWORD';
  const note = session.consoleOnly ? '' : t('connect.password');
  const dav = web + '/dav/';
  const https = web.startsWith('https');
  return [
    { name: 'Windows', text: t('connect.windows'), code: `net use V: ${dav} /user:${user} *`, note: https ? '' : t('connect.windowsHttp') },
    { name: 'macOS', text: t('connect.macos'), code: dav },
    { name: 'Linux', text: t('connect.linux'), code: `gio mount ${dav.replace('http', 'dav')}\nsudo mount -t davfs ${dav} /mnt/varve -o username=${user},uid=$(id -u)` },
    { name: 'rclone', code: `rclone config create varve s3 provider=Other endpoint=${s3} region=${region} \\\n  access_key_id=${user} secret_access_key=${password}\nrclone mount varve: /mnt/varve --vfs-cache-mode writes`, note },
    { name: 'aws', code: `export AWS_ACCESS_KEY_ID=${user} AWS_SECRET_ACCESS_KEY=${password} AWS_DEFAULT_REGION=${region}\naws --endpoint-url ${s3} s3 ls\naws --endpoint-url ${s3} s3 cp file.txt s3://BUCKET/`, note },
    { name: 'Python', code: `import boto3\ns3 = boto3.client("s3", endpoint_url="${s3}", region_name="${region}",\n                  aws_access_key_id="${user}", aws_secret_access_key="${password}")\ns3.upload_file("file.txt", "BUCKET", "file.txt")`, note },
    { name: 'Java', code: `S3Client s3 = S3Client.builder()\n        .endpointOverride(URI.create("${s3}"))\n        .region(Region.of("${region}"))\n        .forcePathStyle(true)\n        .credentialsProvider(StaticCredentialsProvider.create(\n                AwsBasicCredentials.create("${user}", "${password}")))\n        .build();`, note },
    { name: 's3cmd', code: `s3cmd --host=${s3.replace(/^https?:\/\//, '')} --host-bucket= ${https ? '' : '--no-ssl '}\\\n  --access_key=${user} --secret_key=${password} ls`, note },
    { name: 'restic', code: `export AWS_ACCESS_KEY_ID=${user} AWS_SECRET_ACCESS_KEY=${password}\nrestic -r s3:${s3}/BUCKET/restic init\nrestic -r s3:${s3}/BUCKET/restic backup ~/documents`, note },
    { name: 'curl', code: `curl -u ${user} -T file.txt ${dav}BUCKET/file.txt` + (session.consoleOnly ? '' : `\ncurl -u ${user} ${web}/api/v1/buckets`) },
    { name: 'Prometheus', code: `scrape_configs:\n  - job_name: varve\n    metrics_path: /metrics/storage-v2\n    static_configs:\n      - targets: ["${web.replace(/^https?:\/\//, '')}"]` },
  ];
}
