// A browser for the pages of oidc-provider: keeps cookies, fills in whatever form is shown, and submits it.
const jar = new Map();
let [, , url] = process.argv;
let form;

for (let page = 0; page < 20; page += 1) {
  const response = await fetch(url, {
    method: form === undefined ? 'GET' : 'POST',
    redirect: 'manual',
    headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
    ...(form !== undefined && { body: form }),
  });
  for (const cookie of response.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
    jar.set(name, value);
  }
  const location = response.headers.get('location');
  const html = await response.text();
  if (location !== null) {
    url = new URL(location, url).href;
    form = undefined;
    continue;
  }
  const action = /<form[^>]*action="([^"]+)"/.exec(html)?.[1];
  if (action === undefined) break;
  form = new URLSearchParams();
  for (const [, name, value = 'ada'] of html.matchAll(
    /<input[^>]*name="([^"]+)"(?:[^>]*value="([^"]*)")?/g,
  )) {
    form.set(name, value);
  }
  url = new URL(action.replaceAll('&amp;', '&'), url).href;
}
