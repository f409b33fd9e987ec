echo "api is fine"
