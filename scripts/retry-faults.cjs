// In CI a fault test that fails is run once more, and its first failure is printed: what a loaded machine does with processes that
// are killed and frozen is not always the relay's doing. Nobody else's test is, and nowhere else is it.
if (process.env.CI && expect.getState().testPath.includes('/test/fault/')) {
  jest.retryTimes(1, { logErrorsBeforeRetry: true });
}
