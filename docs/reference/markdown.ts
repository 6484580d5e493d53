/** Markdown that the reference page is made of. */

/** A pipe would end a cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export const code = (language: string, text: string): string =>
  `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;

/** Paragraphs, tables and code with one empty line between them. */
export const page = (parts: readonly string[]): string => `${parts.join('\n\n')}\n`;

export const hex8 = (value: number, digits = 2): string =>
  `${value.toString(16).toUpperCase().padStart(digits, '0')}h`;
