/** Finding volume tags by a template. Source: SMC-3 6.13. */

/**
 * Whether a tag is as the template says: `?` is any character, `*` any characters or none.
 *
 * Takes time in proportion to both lengths, whatever the template is.
 */
export function matchesTemplate(template: string, tag: string): boolean {
  let at = 0;
  let inTag = 0;
  /** Behind the last `*`, and where in the tag it ends for now. */
  let star: { readonly at: number; inTag: number } | undefined;
  while (inTag < tag.length) {
    const wanted = template[at];
    if (wanted === '*') {
      at += 1;
      star = { at, inTag };
    } else if (wanted === '?' || wanted === tag[inTag]) {
      at += 1;
      inTag += 1;
    } else if (star !== undefined) {
      star.inTag += 1;
      ({ at, inTag } = star);
    } else return false;
  }
  return /^\**$/.test(template.slice(at));
}
