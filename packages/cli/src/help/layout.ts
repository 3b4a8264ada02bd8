/** Help is read in terminals of every width; 80 columns fit nearly all of them. */
const COLUMNS = 80;

/** Text broken into lines of at most 80 columns. */
export function paragraph(text: string, indent = ''): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.length > indent.length && line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = indent;
    }
    line += line.length > indent.length ? ` ${word}` : word;
  }
  return [...lines, line];
}

/** `name  explanation` pairs in two columns, the explanation wrapped in its own. */
export function entries(pairs: readonly (readonly [name: string, says: string])[]): string[] {
  const width = Math.min(26, Math.max(...pairs.map(([name]) => name.length)));
  const indent = ' '.repeat(width + 4);
  return pairs.flatMap(([name, says]) => {
    const [first = '', ...rest] = paragraph(says, indent);
    const fits = name.length <= width;
    return fits ? [`  ${name.padEnd(width)}  ${first.trimStart()}`, ...rest] : [`  ${name}`, first, ...rest];
  });
}
