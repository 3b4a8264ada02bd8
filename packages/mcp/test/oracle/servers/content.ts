/* Contents of results. */

export const text = (words: string) => ({ type: 'text' as const, text: words });
export const said = (words: string) => ({ content: [text(words)] });
