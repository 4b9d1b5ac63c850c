// Small choices kept in this browser; silently forgotten where storage is switched off.
export const recall = (name) => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
};

export const keep = (name, value) => {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // nothing to keep it in
  }
};
