import { type AnyLayout, Layout } from '../codec/layout.ts';
import { type Format, format, type Kind, type Particulars } from './format.ts';

/** `blockToStream` is `block-to-stream`, `vpd83` is `vpd-83`. */
const kebab = (name: string): string =>
  name.replace(/([a-z])([A-Z0-9])/g, '$1-$2').replace(/([0-9])([A-Z])/g, '$1-$2').toLowerCase();

/**
 * The formats of all layouts that a module declares: their ids are the folder and the exported
 * name. A declaration can so not be forgotten.
 */
export const formatsOf = (
  folder: string, kind: Kind, module: object,
  particulars: Readonly<Record<string, Particulars>> = {}): Format[] =>
  Object.entries(module).flatMap(([name, value]) => (value instanceof Layout
    ? [format(`${folder}/${kebab(name)}`, kind, value as AnyLayout, particulars[name])] : []));
