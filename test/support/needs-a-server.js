/** Before suites that are about somebody else's server. */
export default () => {
  if (!process.env.STORE_URL)
    throw new Error('STORE_URL must name the server to run against: STORE_URL=esdb://… npm run …');
};
