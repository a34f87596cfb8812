package config

import (
	"fmt"
	"os"
	"strings"
)

// Locate returns the config file to read: flag, else the variable CONFIG_FILE_PATH, else "". It fails when
// LITELLM_CONFIG_BUCKET_NAME asks for a config in object storage. A nil getenv means the process environment.
func Locate(flag string, getenv func(string) (string, bool)) (string, error) {
	if getenv == nil {
		getenv = os.LookupEnv
	}
	if flag != "" {
		return flag, nil
	}
	if path, ok := getenv("CONFIG_FILE_PATH"); ok && strings.TrimSpace(path) != "" {
		return path, nil
	}
	if bucket, ok := getenv("LITELLM_CONFIG_BUCKET_NAME"); ok && bucket != "" {
		return "", fmt.Errorf("locate config: reading it from object storage (LITELLM_CONFIG_BUCKET_NAME=%s) is not supported yet; mount the file and set CONFIG_FILE_PATH", bucket)
	}
	return "", nil
}
