/** The rules that a copy manager answers from, with their sense data. */
import { type CopyRule, RULE_GROUPS } from '../../src/copy/rules.ts';
import { ADDITIONAL_SENSE, SENSE_KEYS } from '../../src/sense/codes.ts';
import { hex8, table } from './markdown.ts';

function pointerText({ points }: CopyRule): string {
  if (points.in === 'nothing') return 'none';
  if (points.in === 'header') {
    const name = points.field.replaceAll(/([A-Z])/g, ' $1').toUpperCase();
    return `header: ${name}`;
  }
  const where = { cdb: 'CDB', list: 'parameter list', cscd: 'CSCD descriptor',
    segment: 'segment descriptor' }[points.in];
  const bit = points.bit === undefined ? '' : `, bit ${points.bit}`;
  return points.byte === undefined ? `${where}: the field` : `${where}: byte ${points.byte}${bit}`;
}

export function senseText({ key, additional }: CopyRule): string {
  const [code, name] = ADDITIONAL_SENSE[additional];
  return `${SENSE_KEYS[key][1]}, ${hex8(code >> 8)}/${hex8(code & 0xff)} ${name}`;
}

export function ruleParts(): string[] {
  return Object.entries(RULE_GROUPS).flatMap(([group, rules]) => [
    `### ${group}`,
    table(['if', 'the answer is', 'field pointer', 'clause'],
      Object.values(rules).map((rule: CopyRule) =>
        [rule.when, senseText(rule), pointerText(rule), rule.source])),
  ]);
}
