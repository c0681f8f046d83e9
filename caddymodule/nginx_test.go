package caddymodule_test

// A cache that is not ours: nginx, as a process on loopback.

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// nginxBinary finds nginx. The test is skipped where there is none, unless
// CONSENT_REQUIRE_NGINX is set, as in CI.
func nginxBinary(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CONSENT_REQUIRE_NGINX") != "" {
		t.Fatal("CONSENT_REQUIRE_NGINX is set, but there is no nginx")
	}
	t.Skip("no nginx: the runs with a shared cache are skipped (Debian: apt install nginx-light)")
	return ""
}

// nginxConfig is a caching proxy that obeys what it is told. The variables
// are the address to listen on, that of the server asked, a folder, who it runs
// as, the header that tells whether an answer was found in the cache, and what
// is cached separately: to nginx, Vary is about what clients sent, not about
// what it sets itself.
const nginxConfig = `daemon off;
%[4]s
worker_processes 1;
pid %[3]s/nginx.pid;
error_log %[3]s/error.log warn;
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path %[3]s/body;
	proxy_temp_path %[3]s/proxy;
	fastcgi_temp_path %[3]s/fastcgi;
	uwsgi_temp_path %[3]s/uwsgi;
	scgi_temp_path %[3]s/scgi;
	proxy_cache_path %[3]s/cache levels=1:2 keys_zone=pages:4m inactive=10m;
	upstream asked {
		server %[2]s;
		keepalive 16;
	}
	map $http_cookie $consent_key {
		default none;
		~consent=1\.0\.[0-9]+\.c\.analytics\. granted;
		~consent= denied;
	}
	server {
		listen %[1]s;
		location / {
			proxy_pass http://asked;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_set_header Host $http_host;
			proxy_set_header X-Consent-Key $consent_key;
			proxy_cache pages;
			proxy_cache_key %[6]s;
			proxy_cache_revalidate on;
			proxy_cache_lock on;
			add_header %[5]s $upstream_cache_status always;
		}
	}
}
`

// nginx starts a cache in front of a server and returns its address. Its
// answers say in a header of this name where they are from.
func nginx(t *testing.T, asked, header, key string) string {
	t.Helper()
	binary := nginxBinary(t)
	dir, addr := filepath.ToSlash(t.TempDir()), freeAddr(t)
	user := ""
	if os.Getuid() == 0 {
		user = "user root;" // who can read the folder
	}
	config := dir + "/nginx.conf"
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, addr, asked, dir, user, header, key), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(binary, "-p", dir, "-c", config, "-e", dir+"/error.log")
	var said strings.Builder
	command.Stdout, command.Stderr = &said, &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Signal(os.Interrupt) // a fast shutdown, workers included
		_ = command.Wait()
		errors, _ := os.ReadFile(dir + "/error.log")
		for line := range strings.Lines(string(errors)) {
			if strings.Contains(line, "[error]") || strings.Contains(line, "[crit]") || t.Failed() {
				t.Logf("nginx: %s", line)
			}
		}
	})
	for range 200 {
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close()
			return addr
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("nginx does not listen: %s", said.String())
	return ""
}
