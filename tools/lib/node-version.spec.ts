const { complaintAboutNode } = jest.requireActual<{ complaintAboutNode: (version: string) => string | undefined }>(
  './node-version.mjs',
);

describe('the Node version', () => {
  it.each(['v20.19.0', 'v20.20.2', 'v22.12.0', 'v24.1.0', 'v26.0.0'])('%s will do', (version) => {
    expect(complaintAboutNode(version)).toBeUndefined();
  });

  it.each(['v18.20.0', 'v20.18.3', 'v21.7.0', 'v22.11.0'])(
    '%s is too old, and the complaint says what is needed',
    (version) => {
      expect(complaintAboutNode(version)).toMatch(/needs Node 20\.19 or newer .* this is v\d+\.\d+\.\d+\. Install/);
    },
  );
});
