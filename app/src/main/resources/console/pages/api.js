// The description of the REST interface, to be read.
import { h, el, get, t, useLoad, useState, Fragment } from '../core.js';
import { Badge, Icon, LinkButton, Loaded, Page, Panel } from '../ui.js';

const KINDS = { get: 'info', post: 'good', put: 'warn', patch: 'warn', delete: 'bad', head: '' };

export default function Api() {
  const loaded = useLoad((signal) => get('/openapi.json', { signal }), []);
  return h(Page, { title: t('nav.api'), lead: t('api.lead'), actions: h(LinkButton, { icon: 'download', href: '/api/v1/openapi.json', download: 'varve-openapi.json' }, 'OpenAPI 3.1') },
    h(Loaded, { of: loaded }, (doc) => el.div({ class: 'stack-pages' }, doc.tags.map((tag) => h(Tag, { key: tag.name, tag, doc })))));
}

function Tag({ tag, doc }) {
  const operations = Object.entries(doc.paths).flatMap(([path, item]) => Object.entries(item).filter(([method, op]) => KINDS[method] !== undefined && op.tags?.includes(tag.name)).map(([method, op]) => ({ path, method, op, shared: item.parameters || [] })));
  return h(Panel, { title: tag.name }, tag.description && el.p({ class: 'muted pad-x' }, tag.description), el.ul({ class: 'operations' }, operations.map((each) => h(Operation, { ...each, doc }))));
}

function Operation({ path, method, op, shared, doc }) {
  const [open, setOpen] = useState(false);
  const parameters = [...shared, ...(op.parameters || [])].map((each) => resolve(doc, each));
  const body = op.requestBody?.content;
  return el.li(null, el.button({ type: 'button', class: 'operation', 'aria-expanded': open ? 'true' : 'false', onClick: () => setOpen(!open) },
    h(Badge, { kind: KINDS[method] }, method.toUpperCase()), el.code(null, path), el.span({ class: 'muted' }, op.summary), h(Icon, { name: open ? 'down' : 'right', size: 16 })),
  open && el.div({ class: 'operation-body' }, op.description && el.p(null, op.description),
    parameters.length > 0 && el.table({ class: 'table dense' }, el.thead(null, el.tr(null, [t('name'), t('api.in'), t('api.type'), t('api.meaning')].map((each) => el.th({ scope: 'col' }, each)))),
      el.tbody(null, parameters.map((each) => el.tr(null, el.th({ scope: 'row' }, el.code(null, each.name), each.required && el.span({ class: 'bad' }, ' *')), el.td(null, each.in), el.td(null, typeOf(each.schema)), el.td(null, each.description))))),
    body && Object.entries(body).map(([type, media]) => h(Fragment, null, el.h3(null, t('api.body') + ' ', el.small({ class: 'muted' }, type)), h(Schema, { doc, schema: media.schema }))),
    Object.entries(op.responses).map(([status, given]) => { const answer = resolve(doc, given); const media = Object.entries(answer.content || {})[0]; return h(Fragment, null, el.h3(null, h(Badge, { kind: status < 400 ? 'good' : 'warn' }, status), ' ', answer.description, media && el.small({ class: 'muted' }, ' ' + media[0])), status < 400 && media && h(Schema, { doc, schema: media[1].schema })); })));
}

const resolve = (doc, thing) => (thing?.$ref ? thing.$ref.slice(2).split('/').reduce((at, key) => at[key], doc) : thing);
const nameOf = (schema) => schema?.$ref?.split('/').at(-1);

function typeOf(schema) {
  if (!schema) return '';
  if (schema.$ref) return nameOf(schema);
  if (schema.type === 'array') return typeOf(schema.items) + '[]';
  const type = [schema.type].flat().filter(Boolean).join(' | ');
  return schema.enum ? schema.enum.join(' | ') : type + (schema.format ? ' (' + schema.format + ')' : '');
}

function Schema({ doc, schema, depth = 0 }) {
  const plain = schema?.type === 'array' ? schema.items : schema;
  const shape = resolve(doc, plain);
  if (!shape?.properties) return el.p({ class: 'muted' }, typeOf(schema));
  return el.table({ class: 'table dense' }, el.caption(null, typeOf(schema)), el.tbody(null, Object.entries(shape.properties).map(([name, each]) => {
    const inner = each.type === 'array' ? each.items : each;
    const nested = depth < 2 && resolve(doc, inner)?.properties;
    return el.tr(null, el.th({ scope: 'row' }, el.code(null, name), shape.required?.includes(name) && el.span({ class: 'bad' }, ' *')), el.td(null, typeOf(each)), el.td(null, each.description, nested && h(Schema, { doc, schema: each, depth: depth + 1 })));
  })));
}
