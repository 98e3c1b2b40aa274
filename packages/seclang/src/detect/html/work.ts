/** What `detectHtml` has done so far: octets read, each time anew. Parts of it add what they read, a run at a time. */
export const htmlWork: { steps: number } = { steps: 0 };
